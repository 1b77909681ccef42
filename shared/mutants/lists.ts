import { bestEffort, gossip, reliable } from './broadcast/index.js';
import { detector } from './detector.js';
import type { MutantList } from './mutant.js';
import { pbft } from './pbft/index.js';
import { raft } from './raft/index.js';

/** Adding a protocol's mutants is adding their folder and its line here. */
const lists: readonly MutantList[] = [raft, pbft, bestEffort, reliable, gossip, detector];

/** The mutants of a protocol, or null where there are none. */
export function findMutants(protocol: string): MutantList | null {
  return lists.find((list) => list.protocol === protocol) ?? null;
}

export function protocolsWithMutants(): readonly string[] {
  return lists.map(({ protocol }) => protocol);
}
