import {
  type ClockBound,
  crashesTolerated,
  type NodeId,
  nextChance,
  nextInt,
  pick,
  seedRandom,
} from '../core/index.js';
import { shuffled } from './draw.js';
import { type FinalKind, finalKinds } from './fault-kinds.js';

/**
 * What a run may take away for good, and how far its clocks may go wrong, drawn before anything else happens. A run with
 * liars will have them counted here too, with an expectation of its own.
 */
export type FaultBudget = {
  /** How many nodes may be gone for good while the others must go on. */
  readonly tolerated: number;
  /** Who goes, and how. Longer than `tolerated` in few runs, of which only safety is expected then. */
  readonly gone: readonly { readonly node: NodeId; readonly how: FinalKind }[];
  /** What the protocol assumes of clocks; null where that is nothing. */
  readonly clockBound: ClockBound | null;
  /** Whether clocks keep to it. In few runs they need not: stale reads are expected then. */
  readonly keepsClocks: boolean;
};

/**
 * What a run has to show once its faults have ended: `progress`, or, with too few nodes left, safety alone, which is no
 * pass of the rule that a healed cluster goes on.
 */
export type Expectation = 'progress' | 'too-few-nodes';

const goneChance = 0.4;
const beyondChance = 0.04;
const beyondClocksChance = 0.1;

export function drawBudget(
  seed: number,
  nodes: readonly NodeId[],
  clockBound: ClockBound | null = null,
  tolerated: number = crashesTolerated(nodes.length),
): FaultBudget {
  const random = seedRandom(seed, 'budget');
  const isBeyond = nextChance(random, beyondChance);
  const within = nextChance(random, goneChance) ? nextInt(random, 0, tolerated) : 0;
  const count = isBeyond ? nextInt(random, tolerated + 1, nodes.length) : within;
  const victims = shuffled(random, nodes).slice(0, count);
  const gone = victims.map((node) => ({ node, how: pick(random, finalKinds) }));
  // One expectation a run: what too few nodes do with clocks beyond their bound would be no test of either.
  const keepsClocks = isBeyond || !nextChance(seedRandom(seed, 'clock budget'), beyondClocksChance);
  return { tolerated, gone, clockBound, keepsClocks };
}

/** What is expected of a run in which so many nodes are gone for good. */
export function expectationOf({ tolerated }: FaultBudget, goneCount: number): Expectation {
  return goneCount > tolerated ? 'too-few-nodes' : 'progress';
}
