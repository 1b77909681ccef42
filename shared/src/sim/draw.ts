import { nextFloat, nextInt, type RandomState } from '../core/index.js';

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
