import { nextChance, nextFloat, nextInt, type RandomState, seedRandom } from '../core/index.js';
import { type NetworkConditions, perfectNetwork } from './network.js';

/**
 * What one seed does to its world: each kind of fault is on or off, and as often as drawn, so that a thousand seeds
 * differ more than a thousand runs of one mixture would.
 */
export type SwarmPlan = {
  readonly network: NetworkConditions;
  /** Mean time between crashes of any node, ms; 0 for none. */
  readonly crashEveryMs: number;
  /** Mean time that a crashed node stays down, ms. */
  readonly downMs: number;
  /** Mean time between partitions, and how long they last, ms; 0 for none. */
  readonly partitionEveryMs: number;
  readonly partitionMs: number;
  /** Chance that a cut goes one way only. */
  readonly oneWayChance: number;
  readonly diskLatencyMaxMs: number;
  /** Chance that a crash leaves a torn tail of unsynced writes. */
  readonly tornChance: number;
  /** Options of the protocol that the swarm varies. */
  readonly clients: number;
  readonly keys: number;
  readonly thinkMs: number;
  readonly readChance: number;
};

export type FaultKind =
  | 'loss'
  | 'delay'
  | 'duplication'
  | 'reordering'
  | 'partitions'
  | 'crashes'
  | 'slow-disk'
  | 'torn';
export const faultKinds: readonly FaultKind[] = [
  'loss',
  'delay',
  'duplication',
  'reordering',
  'partitions',
  'crashes',
  'slow-disk',
  'torn',
];

/** Draws what the seed does, among the kinds of fault that are allowed. VOPR's ranges where it has them. */
export function drawPlan(seed: number, allowed: ReadonlySet<FaultKind>): SwarmPlan {
  const random = seedRandom(seed, 'swarm');
  const on = (kind: FaultKind, chance = 0.7): boolean => nextChance(random, chance) && allowed.has(kind);
  const between = (min: number, max: number): number => min + nextFloat(random) * (max - min);
  const delayMaxMs = on('delay') ? between(2, 60) : perfectNetwork.delayMaxMs;
  return {
    network: {
      lossChance: on('loss') ? between(0, 0.3) : 0,
      duplicateChance: on('duplication') ? between(0, 0.5) : 0,
      delayMinMs: perfectNetwork.delayMinMs,
      delayMaxMs,
      straggleChance: on('reordering') ? between(0, 0.1) : 0,
    },
    crashEveryMs: on('crashes') ? between(200, 3_000) : 0,
    downMs: between(50, 2_000),
    partitionEveryMs: on('partitions') ? between(500, 4_000) : 0,
    partitionMs: between(200, 3_000),
    oneWayChance: nextChance(random, 0.5) ? nextFloat(random) : 0,
    diskLatencyMaxMs: on('slow-disk', 0.5) ? between(1, 50) : 1,
    tornChance: on('torn', 0.5) ? nextFloat(random) : 0,
    clients: nextInt(random, 1, 4),
    keys: nextInt(random, 1, 5),
    thinkMs: between(0, 100),
    readChance: between(0.1, 0.7),
  };
}

/** A time with the given mean, from nearly nothing to three times as long. */
export function around(random: RandomState, meanMs: number): number {
  return Math.min(3 * meanMs, -Math.log(1 - nextFloat(random)) * meanMs);
}
