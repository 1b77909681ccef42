import {
  assert,
  type Index,
  type NodeId,
  type ProcessInit,
  type RandomState,
  type Reign,
  seedRandom,
  type WriteId,
} from '../../core/index.js';
import {
  type Configuration,
  type ConfigurationAt,
  configurationOf,
  firstConfiguration,
} from './configuration.js';
import { createLog, type Log } from './log.js';
import type { RaftOptions } from './options.js';

export type Votes = { [node: NodeId]: 'yes' | 'no' };

/** What a leader knows of one follower. */
export type Progress = {
  /** The highest entry known to be durable there (Figure 2). */
  matchIndex: Index;
  /** The next entry to send; in `replicate` it runs ahead of the answers. */
  nextIndex: Index;
  /** `probe`: one message at a time until the logs meet. `replicate`: pipelined. `snapshot`: the host sends one. */
  mode: 'probe' | 'replicate' | 'snapshot';
  /** A probe with entries is on its way. */
  probing: boolean;
  /** The AppendEntries with entries on their way, by rising index, and what they weigh together. */
  readonly inflight: { readonly lastIndex: Index; readonly bytes: number }[];
  inflightBytes: number;
  /** When it last answered; ms. */
  heardAt: number;
  /** The highest round that it has echoed. */
  round: number;
  /** The commit index last told. */
  commitSent: Index;
  /** When it was last sent an AppendEntries. */
  sentAt: number;
  /** In `snapshot`: when to probe anew should it not say that it has installed it; null while it is being sent. */
  installBy: number | null;
};

/** A client's write whose entry is in this leader's log. */
export type PendingWrite = { readonly index: Index; readonly client: NodeId; readonly request: number };
export type PendingRead = {
  readonly client: NodeId;
  readonly request: number;
  readonly operation: Uint8Array;
};
/** A read that the store is being asked. */
export type PendingQuery = { readonly query: number; readonly client: NodeId; readonly request: number };

/** Who asked for a change, to be answered when it is done. */
export type ControlAsker = { readonly client: NodeId; readonly request: number };

/** How a newcomer catches up (dissertation 4.2.1): in rounds, each over what the log had when it began. */
export type CatchUp = {
  readonly node: NodeId;
  round: number;
  roundStartedAt: number;
  roundEnd: Index;
  isCaughtUp: boolean;
};

/** A change of voters that this leader has been asked for and has not finished. */
export type Change = {
  readonly target: readonly NodeId[];
  readonly askers: ControlAsker[];
  /** The newcomers, once they are learners; null before. */
  newcomers: CatchUp[] | null;
  /** When the newcomers must have caught up. */
  readonly deadlineAt: number;
};

/** Leadership on its way to another server (dissertation 3.10). */
export type Transfer = {
  readonly to: NodeId;
  readonly askers: ControlAsker[];
  readonly deadlineAt: number;
  timeoutNowSent: boolean;
};

export type LeaderRole = {
  readonly name: 'leader';
  /** Whom the log goes to: the other members, and those whose removal is not committed yet. */
  others: readonly NodeId[];
  readonly progress: { [node: NodeId]: Progress };
  /** Some of `others` are no members of the configuration in force. */
  hasLeaving: boolean;
  /** In the order of their indexes. */
  readonly writes: PendingWrite[];
  /** Reads for the next round, and those whose round is being confirmed at `readIndex`. */
  waiting: PendingRead[];
  confirming: PendingRead[];
  readIndex: Index;
  /** The round that `confirming` waits for, and the newest one. */
  readRound: number;
  round: number;
  /** Rounds that no quorum has echoed yet, and when they began; kept for leases alone. */
  readonly rounds: { readonly round: number; readonly sentAt: number }[];
  /** By this node's clock; 0 for no lease. */
  leaseUntil: number;
  leaseForgone: boolean;
  readonly queries: PendingQuery[];
  /** The commit timer is running. */
  noticeSet: boolean;
  /** What the entries of the log that are not committed weigh. */
  uncommittedBytes: number;
  change: Change | null;
  transfer: Transfer | null;
  /** It is not in the configuration that is committed, and has tried to hand over. */
  handedOver: boolean;
};

export type Role =
  | { readonly name: 'follower' }
  | { readonly name: 'pre-candidate'; readonly votes: Votes }
  /** Its own vote counts once `ownVote` is durable. */
  | { readonly name: 'candidate'; readonly votes: Votes; readonly ownVote: WriteId }
  | LeaderRole;

/** What stands beside a snapshot on disk. Where its log began then: entries before the snapshot are kept for the slow. */
export type SnapshotMeta = {
  readonly lastIncludedTerm: Reign;
  /** In force at the snapshot's index. */
  readonly configuration: ConfigurationAt;
  readonly compactedIndex: Index;
  readonly compactedTerm: Reign;
};

/** What this node's disk is known to hold. */
export type Durability = {
  lastWrite: WriteId;
  durableWrite: WriteId;
  /** The newest write of term and vote. */
  hardStateWrite: WriteId;
  /** Writes of entries that are under way, in order. */
  readonly unstable: { readonly write: WriteId; lastIndex: Index }[];
  durableIndex: Index;
};

/** Figure 2's state, and what an implementation needs beside it. Plain data. */
export type RaftState = {
  readonly self: NodeId;
  readonly options: RaftOptions;
  readonly random: RandomState;
  /** The newest of the log; see `configuration-history.ts`. */
  configuration: Configuration;
  readonly configurations: ConfigurationAt[];
  currentTerm: Reign;
  votedFor: NodeId | null;
  log: Log;
  commitIndex: Index;
  /** Given to the store up to here; it answers with `executed`. */
  handedIndex: Index;
  appliedIndex: Index;
  role: Role;
  leader: NodeId | null;
  /** When a leader was last heard, by this node's clock; null when that is too long ago to matter. */
  leaderHeardAt: number | null;
  /** Until when no candidate is helped, whoever was heard; null when nothing is to be waited out. */
  helpsNobodyUntil: number | null;
  /** The newest durable snapshot. */
  snapshot: { readonly index: Index; readonly meta: SnapshotMeta } | null;
  taking: { readonly index: Index; readonly meta: SnapshotMeta } | null;
  installing: {
    readonly from: NodeId;
    readonly term: Reign;
    readonly index: Index;
    readonly meta: SnapshotMeta;
    readonly keepSuffix: boolean;
  } | null;
  /** Followers to whom the host is sending a snapshot, whoever led when it began. */
  readonly transfers: NodeId[];
  readonly durability: Durability;
  nextQuery: number;
};

export function createState(init: ProcessInit<RaftOptions>): RaftState {
  assert(init.voters.length > 0, 'a cluster has a voter');
  const configuration = configurationOf(init.voters);
  return {
    self: init.self,
    options: init.options,
    random: seedRandom(init.seed, 'raft'),
    configuration,
    configurations: [{ ...firstConfiguration, configuration }],
    currentTerm: 0,
    votedFor: null,
    log: createLog(),
    commitIndex: 0,
    handedIndex: 0,
    appliedIndex: 0,
    role: { name: 'follower' },
    leader: null,
    leaderHeardAt: null,
    helpsNobodyUntil: null,
    snapshot: null,
    taking: null,
    installing: null,
    transfers: [],
    durability: { lastWrite: 0, durableWrite: 0, hardStateWrite: 0, unstable: [], durableIndex: 0 },
    nextQuery: 1,
  };
}
