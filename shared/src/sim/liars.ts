import {
  type AnyProtocol,
  type NodeId,
  nextChance,
  nextInt,
  nextUint32,
  pick,
  seedRandom,
} from '../core/index.js';
import { type LiarSpec, strategies } from '../faults/index.js';
import type { FaultBudget } from './budget.js';
import { shuffled } from './draw.js';

/** Who lies in a run, and how. */
export type Liars = ReadonlyMap<NodeId, LiarSpec>;
export const nobodyLies: Liars = new Map();

/** In so many seeds one more lies than the protocol bears, all of them together. */
const beyondChance = 0.02;
/** Of the others one in two has no liar at all. */
const liarsChance = 0.5;

/**
 * Draws who lies, from the start to the end, the healed world included: with those who go for good no more than the protocol bears.
 * Several share a plan, which matters where they collude. In few seeds they are one more, of which nothing is expected.
 */
export function drawLiars(
  seed: number,
  { forgery, liarsTolerated }: AnyProtocol,
  options: unknown,
  voters: readonly NodeId[],
  { gone }: FaultBudget,
): Liars {
  if (forgery === undefined || liarsTolerated === undefined) return nobodyLies;
  const random = seedRandom(seed, 'liars');
  const borne = liarsTolerated(voters.length, options);
  const isBeyond = nextChance(random, beyondChance) && gone.length === 0;
  const most = borne - gone.length;
  if (!isBeyond && (!nextChance(random, liarsChance) || most < 1)) return nobodyLies;
  const able = voters.filter((voter) => !gone.some(({ node }) => node === voter));
  const club = shuffled(random, able).slice(0, isBeyond ? borne + 1 : nextInt(random, 1, most));
  const plan = nextUint32(random);
  const isClub = isBeyond || nextChance(random, 0.25);
  return new Map(
    club.map(
      (node) => [node, { strategy: isClub ? 'colluding' : pick(random, strategies), plan, club }] as const,
    ),
  );
}

/** Whether more lie, or are gone, than the protocol bears: then rules may fall, and that they did is no fault of its. */
export function isBeyondLiars(
  { liarsTolerated }: AnyProtocol,
  options: unknown,
  voters: readonly NodeId[],
  liars: Liars,
  goneCount: number,
): boolean {
  if (liars.size === 0) return false;
  return liars.size + goneCount > (liarsTolerated?.(voters.length, options) ?? 0);
}
