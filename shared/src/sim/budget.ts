import { crashesTolerated, type NodeId, nextChance, nextInt, pick, seedRandom } from '../core/index.js';
import { shuffled } from './draw.js';
import { type FinalKind, finalKinds } from './fault-kinds.js';

/**
 * What a run may take away for good, drawn before anything else happens. A run with liars, or with clocks beyond what a
 * lease allows for, will have them counted here too, each with an expectation of its own.
 */
export type FaultBudget = {
  /** How many nodes may be gone for good while the others must go on. */
  readonly tolerated: number;
  /** Who goes, and how. Longer than `tolerated` in few runs, of which only safety is expected then. */
  readonly gone: readonly { readonly node: NodeId; readonly how: FinalKind }[];
};

/**
 * What a run has to show once its faults have ended: `progress`, or, with too few nodes left, safety alone, which is no
 * pass of the rule that a healed cluster goes on.
 */
export type Expectation = 'progress' | 'too-few-nodes';

const goneChance = 0.4;
const beyondChance = 0.04;

export function drawBudget(seed: number, nodes: readonly NodeId[]): FaultBudget {
  const random = seedRandom(seed, 'budget');
  const tolerated = crashesTolerated(nodes.length);
  const isBeyond = nextChance(random, beyondChance);
  const within = nextChance(random, goneChance) ? nextInt(random, 0, tolerated) : 0;
  const count = isBeyond ? nextInt(random, tolerated + 1, nodes.length) : within;
  const victims = shuffled(random, nodes).slice(0, count);
  return { tolerated, gone: victims.map((node) => ({ node, how: pick(random, finalKinds) })) };
}

/** What is expected of a run in which so many nodes are gone for good. */
export function expectationOf({ tolerated }: FaultBudget, goneCount: number): Expectation {
  return goneCount > tolerated ? 'too-few-nodes' : 'progress';
}
