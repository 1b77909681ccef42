import type { Index, NodeId, ProcessInit, RequestId, WriteId } from '../../core/index.js';
import { createReceived, type Received } from '../common/received.js';
import type { Message } from './messages.js';
import type { ReliableOptions } from './options.js';

/**
 * One entry of the log on disk. A `message` is held from then on, and delivered too unless deliveries are uniform: then a
 * `delivered` says so. `missed`: these are given up, since nobody has them any more.
 */
export type Entry =
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'delivered'; readonly origin: NodeId; readonly sequence: number }
  | { readonly kind: 'missed'; readonly origin: NodeId; readonly first: number; readonly last: number };

/** What is known of one origin's broadcasts, by their sequence numbers, which go on across its restarts. */
export type Origin = {
  /** On this node's disk, or given up. */
  readonly have: Received;
  readonly delivered: Received;
  /** Of `have` and `delivered`, what entries said that have been dropped from the log. */
  readonly dropped: { readonly have: Received; readonly delivered: Received };
  /** Those that the store holds, on disk or on their way there. */
  readonly messages: { [sequence: number]: Message };
  /** On their way to disk, as messages or as missed; as delivered. */
  writing: number[];
  marking: number[];
  /** FIFO: those that came before their turn; in memory alone, and not acknowledged. */
  readonly early: { [sequence: number]: Message };
  missed: number;
};

/** What is known of another node. What it has said to have, it has on its disk: that holds across its restarts. */
export type Peer = {
  isUp: boolean;
  /** By a failure detector below. */
  isSuspected: boolean;
  /** It has told all that it has since the link came up. */
  isSynced: boolean;
  readonly has: { [origin: NodeId]: Received };
  /** Of what this node lacks, which it said last that it can't give. */
  readonly dropped: { [origin: NodeId]: Received };
  /** Entries of the log up to here have been looked at whether it needs them. */
  cursor: Index;
  /** Some of those lie beyond what it would take now: they are looked at again once it has more. */
  hasSkipped: boolean;
  /** Up to here it is given whatever it lacks, whoever else may be responsible. */
  serveUpTo: Index;
  /** Sent and not acknowledged: entries of the log, each with when it was last sent. */
  unacknowledged: { readonly index: Index; sentAtMs: number }[];
  /** How often in a row something was sent again without an answer. */
  tries: number;
  /** When it was last asked for what another has dropped. */
  askedAtMs: number | null;
  /** Origins of which it is to be told what this node has. */
  readonly owed: { [origin: NodeId]: true };
};

export type ReliableState = {
  readonly self: NodeId;
  readonly voters: readonly NodeId[];
  readonly options: ReliableOptions;
  incarnation: number;
  lastSequence: number;
  /** The log on disk, and what is on its way there; the first entry's index is `offset` + 1. */
  readonly entries: Entry[];
  offset: Index;
  durableIndex: Index;
  /** Of all payloads that the store holds. */
  bytes: number;
  lastWrite: WriteId;
  /** The last entry of each write under way. */
  readonly writes: { readonly write: WriteId; readonly lastIndex: Index }[];
  /** Of own broadcasts that are on their way to disk; by rising index. */
  readonly requests: { readonly request: RequestId; readonly index: Index }[];
  readonly origins: { [node: NodeId]: Origin };
  readonly peers: { [node: NodeId]: Peer };
  /** The end of the log at the last round of digests, and at the one before. */
  roundIndex: Index;
  settledIndex: Index;
  isTimerSet: boolean;
  /** When a link last came or went, or a suspicion. */
  changedAtMs: number;
};

/** The voters are those whom it knows from the start; others are known once there is a link to them. */
export function createState({ self, voters, options }: ProcessInit<ReliableOptions>): ReliableState {
  const peers: { [node: NodeId]: Peer } = {};
  for (const node of voters) if (node !== self) peers[node] = createPeer();
  return {
    self,
    voters,
    options,
    incarnation: 0,
    lastSequence: 0,
    entries: [],
    offset: 0,
    durableIndex: 0,
    bytes: 0,
    lastWrite: 0,
    writes: [],
    requests: [],
    origins: {},
    peers,
    roundIndex: 0,
    settledIndex: 0,
    isTimerSet: false,
    changedAtMs: 0,
  };
}

export function createPeer(): Peer {
  return {
    isUp: false,
    isSuspected: false,
    isSynced: false,
    has: {},
    dropped: {},
    cursor: 0,
    hasSkipped: false,
    serveUpTo: 0,
    unacknowledged: [],
    tries: 0,
    askedAtMs: null,
    owed: {},
  };
}

export function createOrigin(): Origin {
  return {
    have: createReceived(),
    delivered: createReceived(),
    dropped: { have: createReceived(), delivered: createReceived() },
    messages: {},
    writing: [],
    marking: [],
    early: {},
    missed: 0,
  };
}

/** What a record holds under a name that somebody else has chosen. */
export function known<Value>(record: { readonly [name: string]: Value }, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** A node to which there is no link, or that a detector suspects, may have crashed: others do for it what it would do. */
export function isSuspected({ self, peers }: ReliableState, node: NodeId): boolean {
  if (node === self) return false;
  const peer = known(peers, node);
  return peer?.isUp !== true || peer.isSuspected;
}
