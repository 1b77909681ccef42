import type { NodeId, ProcessInit, RequestId } from '../../core/index.js';
import type { Received } from '../common/received.js';
import type { BestEffortOptions } from './options.js';

/** A message that a node has not acknowledged. `sentAtMs`: when it was last sent, null for not yet. */
export type Pending = {
  readonly sequence: number;
  readonly payload: Uint8Array;
  sentAtMs: number | null;
};

/** What one other node is owed. */
export type Peer = {
  isUp: boolean;
  /** Oldest first. */
  readonly pending: Pending[];
};

/** What came from one origin, of the incarnation that was heard last. */
export type Origin = { incarnation: number; received: Received; delivered: number };

export type BestEffortState = {
  readonly self: NodeId;
  readonly options: BestEffortOptions;
  /** 0 before the disk has been read. */
  incarnation: number;
  /** It may be used: a restart will take a higher one. */
  isIncarnationDurable: boolean;
  /** Of the last broadcast of this incarnation. */
  lastSequence: number;
  /** Of broadcasts that were asked for before the incarnation was durable; oldest first. */
  readonly waiting: { readonly request: RequestId; readonly payload: Uint8Array }[];
  readonly peers: { [node: NodeId]: Peer };
  readonly origins: { [node: NodeId]: Origin };
  /** How often a message was given up, since a node did not acknowledge and the store was full. */
  givenUp: number;
  isTimerSet: boolean;
};

/** The voters are those whom it knows from the start; others are known once there is a link to them. */
export function createState({ self, voters, options }: ProcessInit<BestEffortOptions>): BestEffortState {
  const peers: { [node: NodeId]: Peer } = {};
  for (const node of voters) if (node !== self) peers[node] = createPeer();
  return {
    self,
    options,
    incarnation: 0,
    isIncarnationDurable: false,
    lastSequence: 0,
    waiting: [],
    peers,
    origins: {},
    givenUp: 0,
    isTimerSet: false,
  };
}

export function createPeer(): Peer {
  return { isUp: false, pending: [] };
}
