import { type Index, majority, type NodeId, type Reign, reachedBy } from '../../core/index.js';

/**
 * Who takes part. Every count of votes and of copies goes through this file, so that it alone knows what a quorum is:
 * a majority of `voters` and, while two configurations overlap (section 6: C_old,new), one of `incoming` as well.
 */
export type Configuration = {
  /** C_old while `incoming` is set. */
  readonly voters: readonly NodeId[];
  /** C_new of a joint configuration; null outside of one. */
  readonly incoming: readonly NodeId[] | null;
  /** They receive the log, and neither vote nor count (dissertation 4.2.1). */
  readonly learners: readonly NodeId[];
};

/** Names a configuration by its entry's term and index; 0 and 0 is the one that the run began with. */
export type ConfigurationId = { readonly term: Reign; readonly index: Index };
export type ConfigurationAt = ConfigurationId & { readonly configuration: Configuration };

export const firstConfiguration: ConfigurationId = { term: 0, index: 0 };

/** Of two entries the one of the later term is the newer, as of two logs (5.4.1): an older one may have been cut since. */
export function isNewer(a: ConfigurationId, b: ConfigurationId): boolean {
  return a.term > b.term || (a.term === b.term && a.index > b.index);
}

/** The largest number of voters, of learners, and of either side of a joint configuration. */
export const votersMax = 9;

export function configurationOf(voters: readonly NodeId[]): Configuration {
  return { voters, incoming: null, learners: [] };
}

export function isVoter({ voters, incoming }: Configuration, node: NodeId): boolean {
  return voters.includes(node) || (incoming?.includes(node) ?? false);
}

/** All whose votes and copies may count, each once. */
export function votersOf({ voters, incoming }: Configuration): readonly NodeId[] {
  if (incoming === null) return voters;
  return [...voters, ...incoming.filter((node) => !voters.includes(node))];
}

/** Whom a candidate asks. */
export function otherVoters(configuration: Configuration, self: NodeId): readonly NodeId[] {
  return votersOf(configuration).filter((voter) => voter !== self);
}

/** Whom a leader sends its log: the other voters, and the learners. */
export function othersOf(configuration: Configuration, self: NodeId): readonly NodeId[] {
  const voters = votersOf(configuration);
  const learners = configuration.learners.filter((node) => !voters.includes(node));
  return [...voters, ...learners].filter((node) => node !== self);
}

/** True when those for whom `holds` is true are a quorum. */
export function isQuorum({ voters, incoming }: Configuration, holds: (node: NodeId) => boolean): boolean {
  return isMajority(voters, holds) && (incoming === null || isMajority(incoming, holds));
}

/** The largest value that a quorum has reached. */
export function reachedByQuorum(
  { voters, incoming }: Configuration,
  value: (node: NodeId) => number,
): number {
  const reached = reachedByMajority(voters, value);
  return incoming === null ? reached : Math.min(reached, reachedByMajority(incoming, value));
}

/** The order of voters says nothing. */
export function areSameNodes(a: readonly NodeId[], b: readonly NodeId[]): boolean {
  return a.length === b.length && a.every((node) => b.includes(node));
}

function isMajority(nodes: readonly NodeId[], holds: (node: NodeId) => boolean): boolean {
  let count = 0;
  for (const node of nodes) if (holds(node)) count += 1;
  return count >= majority(nodes.length);
}

function reachedByMajority(nodes: readonly NodeId[], value: (node: NodeId) => number): number {
  return reachedBy(nodes.map(value), majority(nodes.length));
}
