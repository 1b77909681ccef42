import { nextChance, nextFloat, nextInt, type RandomState, seedRandom } from '../core/index.js';

/** A number in [min, max), all alike. */
export function between(random: RandomState, min: number, max: number): number {
  return min + nextFloat(random) * (max - min);
}

/** A number in [min, max), each order of magnitude alike; `min` is above 0. */
export function acrossMagnitudes(random: RandomState, min: number, max: number): number {
  return min * (max / min) ** nextFloat(random);
}

/** A time with the given mean, from nearly nothing to three times as long. */
export function around(random: RandomState, meanMs: number): number {
  return Math.min(3 * meanMs, -Math.log(1 - nextFloat(random)) * meanMs);
}

/** The same items in an order of its own. */
export function shuffled<Item>(random: RandomState, items: readonly Item[]): Item[] {
  const left = [...items];
  return items.flatMap(() => left.splice(nextInt(random, 0, left.length - 1), 1));
}

/**
 * By what the chances of kinds of fault are multiplied in a seed. Half of the seeds are calm: where everything goes wrong at
 * once, little is done between two faults, and what takes several steps in a row to go wrong never does.
 */
export function drawHarshness(seed: number): number {
  return nextChance(seedRandom(seed, 'harshness'), 0.5) ? 0.25 : 1;
}
