import { nextChance, nextFloat, nextInt, type RandomState, seedRandom } from '../core/index.js';
import { between } from './draw.js';
import type { BackgroundKind, FaultKind } from './fault-kinds.js';
import { type NetworkConditions, perfectNetwork } from './network.js';

/**
 * What goes on in one seed's world besides the nemesis' actions. Each kind of fault is on or off, and as strong as drawn,
 * so that a thousand seeds differ more than a thousand runs of one mixture would.
 */
export type SwarmPlan = {
  readonly network: NetworkConditions;
  readonly diskLatencyMaxMs: number;
  readonly clients: number;
  readonly keys: number;
  readonly thinkMs: number;
  readonly readChance: number;
};

/** Draws the plan of a seed, among the kinds of fault that are allowed. VOPR's ranges where it has them. */
export function drawPlan(seed: number, allowed: ReadonlySet<FaultKind>): SwarmPlan {
  // A generator for each kind: what is drawn for one does not change when another is not allowed.
  const strength = (
    kind: BackgroundKind,
    chance: number,
    draw: (random: RandomState) => number,
    none: number,
  ): number => {
    const random = seedRandom(seed, `swarm ${kind}`);
    return nextChance(random, chance) && allowed.has(kind) ? draw(random) : none;
  };
  const random = seedRandom(seed, 'swarm workload');
  return {
    network: {
      lossChance: strength('loss', 0.6, (of) => between(of, 0, 0.3), 0),
      duplicateChance: strength('duplication', 0.6, (of) => between(of, 0, 0.5), 0),
      delayMinMs: perfectNetwork.delayMinMs,
      delayMaxMs: strength('delay', 0.6, (of) => between(of, 2, 60), perfectNetwork.delayMaxMs),
      straggleChance: strength('reordering', 0.6, (of) => between(of, 0, 0.1), 0),
    },
    diskLatencyMaxMs: strength('slow-disk', 0.5, (of) => between(of, 1, 50), 1),
    clients: nextInt(random, 1, 4),
    keys: nextInt(random, 1, 5),
    thinkMs: nextFloat(random) * 100,
    readChance: between(random, 0.1, 0.7),
  };
}
