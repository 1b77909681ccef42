import { majority, type NodeId, reachedBy } from '../../core/index.js';

/** Who votes. Every count of votes and of copies goes through this file, so that it alone knows what a quorum is. */
export type Configuration = { readonly voters: readonly NodeId[] };

export function isVoter(configuration: Configuration, node: NodeId): boolean {
  return configuration.voters.includes(node);
}

export function othersOf(configuration: Configuration, self: NodeId): readonly NodeId[] {
  return configuration.voters.filter((voter) => voter !== self);
}

/** True when those for whom `holds` is true are a quorum. */
export function isQuorum(configuration: Configuration, holds: (node: NodeId) => boolean): boolean {
  let count = 0;
  for (const voter of configuration.voters) if (holds(voter)) count += 1;
  return count >= majority(configuration.voters.length);
}

/** True when enough have refused that the others can no longer be a quorum. */
export function isQuorumLost(configuration: Configuration, refused: (node: NodeId) => boolean): boolean {
  return !isQuorum(configuration, (node) => !refused(node));
}

/** The largest value that a quorum has reached. */
export function reachedByQuorum(configuration: Configuration, value: (node: NodeId) => number): number {
  return reachedBy(configuration.voters.map(value), majority(configuration.voters.length));
}
