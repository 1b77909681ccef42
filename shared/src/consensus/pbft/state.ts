import {
  assert,
  type Index,
  type NodeId,
  type ProcessInit,
  type Reign,
  type WriteId,
} from '../../core/index.js';
import { type Group, groupOf } from './certificates.js';
import type {
  Batch,
  Digest,
  PreparedCertificate,
  Request,
  Sequence,
  SessionOwner,
  SignedCheckpoint,
  SignedNewView,
  SignedPrePrepare,
  SignedPrepare,
  SignedViewChange,
  StableCheckpoint,
  StateMeta,
} from './messages.js';
import type { PbftOptions } from './options.js';

/** What is known of one sequence number between the watermarks (4.2). */
export type Slot = {
  readonly sequence: Sequence;
  /** The pre-prepare of the newest view that was accepted here, and its batch; null while only its digest is known. */
  accepted: SignedPrePrepare | null;
  batch: Batch | null;
  /** The own word for `accepted`: the pre-prepare itself at the primary, a prepare elsewhere. */
  ownPrepare: SignedPrepare | null;
  /** The disk holds `accepted` with its batch: the own word has been given, or may be. */
  isAcceptedDurable: boolean;
  /** The newest of each backup, whatever it is for. The own one is here once it is durable. */
  prepares: { [replica: NodeId]: SignedPrepare };
  /** The same of commits. */
  commits: { [replica: NodeId]: { readonly view: Reign; readonly digest: Digest } };
  /** The newest certificate, with its batch: it outlives views in which something else is accepted. */
  prepared: PreparedCertificate | null;
  preparedBatch: Batch | null;
  isPreparedDurable: boolean;
};

/** A request that has not been executed here. */
export type Waiting = {
  readonly request: Request;
  readonly bytes: number;
  /** This primary has put it into a batch of its view. */
  isProposed: boolean;
};

/** What a client was answered, to be answered again. */
export type KeptReply = {
  readonly number: number;
  readonly results: readonly Uint8Array[];
  readonly bytes: number;
  /** The last view in which a primary ordered it once more, for others that have lost it; -1 for none. */
  orderedAgainIn: Reign;
};

/** A batch in the hands of the store, with where its entries begin, and how many operations each request has. */
export type Executing = {
  readonly sequence: Sequence;
  readonly requests: Batch;
  /** Answers that are not the store's, by place among all operations of the batch. */
  readonly ownAnswers: { readonly [place: number]: Uint8Array };
  readonly results: Uint8Array[];
  readonly entries: number;
  /** Tentatively, before. */
  readonly isAnswered: boolean;
};

/** A batch that has prepared and not committed, in the hands of the store for the time being. */
export type Tentative = Omit<Executing, 'isAnswered'> & {
  readonly view: Reign;
  readonly digest: Digest;
  isAnswered: boolean;
};

/** A durable snapshot of the store, and the checkpoint that it is. */
export type OwnSnapshot = { readonly meta: StateMeta; readonly digest: Digest };

/** What waits for a write: the own word on a slot. */
export type DurableMark = {
  readonly write: WriteId;
  readonly sequence: Sequence;
  readonly view: Reign;
  readonly what: 'accepted' | 'prepared';
};

/** A view that was begun by its NEW-VIEW, kept with V for those who missed it. */
export type BegunView = {
  readonly newView: SignedNewView;
  readonly viewChanges: readonly SignedViewChange[];
};

export type PbftState = {
  readonly self: NodeId;
  readonly options: PbftOptions;
  readonly group: Group;
  view: Reign;
  /** False from the own VIEW-CHANGE until the NEW-VIEW: nothing of a view is accepted meanwhile. */
  isActive: boolean;
  begun: BegunView | null;
  /** The low watermark is its sequence number. */
  stable: StableCheckpoint;
  /** A checkpoint that a quorum has, and this replica has not come to; it may yet, by the messages under way. */
  ahead: StableCheckpoint | null;
  /** The last two ticks of the status timer both found it ahead. */
  aheadTicks: number;
  readonly slots: { [sequence: Sequence]: Slot };
  /** The next that this primary proposes. */
  nextSequence: Sequence;
  /** Given to the store up to here, and executed by it. */
  handed: Sequence;
  executed: Sequence;
  handedIndex: Index;
  appliedIndex: Index;
  /** Of each run of entries that were executed in one view: the first index and the view. */
  readonly reigns: [Index, Reign][];
  readonly executing: Executing[];
  /** At most the one after `handed`. */
  tentative: Tentative | null;
  sessions: SessionOwner[];
  readonly waiting: Waiting[];
  /** By client, by rising number; who was answered last is last. */
  readonly replies: { [client: NodeId]: KeptReply[] };
  replyBytes: number;
  /** The request that the view timer runs for, by client and number; null when it does not run, or for a new view. */
  timed: { readonly client: NodeId; readonly number: number } | null;
  /** Views in a row that came to nothing: the timeout doubles with each. */
  failedViews: number;
  timer: 'none' | 'request' | 'new-view';
  /** The newest statement of each replica, and one of an earlier view for which a NEW-VIEW may need it. */
  readonly viewChanges: {
    [replica: NodeId]: { latest: SignedViewChange; earlier: SignedViewChange | null };
  };
  /** The newest checkpoints of each replica, by rising sequence number. */
  readonly checkpoints: { [replica: NodeId]: SignedCheckpoint[] };
  snapshot: OwnSnapshot | null;
  taking: StateMeta | null;
  installing: { readonly checkpoint: StableCheckpoint; readonly meta: StateMeta } | null;
  /** The state at a stable checkpoint is asked for, of one replica after the other. */
  fetch: { readonly sequence: Sequence; attempts: number } | null;
  /** To whom the host is sending a snapshot, and who waits until the newest one is stable. */
  readonly sending: NodeId[];
  readonly fetchers: { readonly node: NodeId; readonly sequence: Sequence }[];
  /** What had prepared here before a restart may have been executed: no store is read before it is again. */
  readsFrom: Sequence;
  readonly reads: { readonly query: number; readonly client: NodeId; readonly number: number }[];
  nextQuery: number;
  readonly durability: {
    lastWrite: WriteId;
    durableWrite: WriteId;
    /** The newest write of the view. */
    viewWrite: WriteId;
    readonly marks: DurableMark[];
  };
  statusTicks: number;
  /** When each replica's status was last answered, by this node's clock. */
  readonly answeredAt: { [replica: NodeId]: number };
};

export const nothingStable: StableCheckpoint = { sequence: 0, digest: '', proof: [] };

export function createState(init: ProcessInit<PbftOptions>): PbftState {
  assert(init.voters.length > 0, 'a group has a replica');
  return {
    self: init.self,
    options: init.options,
    group: groupOf(init.voters),
    view: 0,
    isActive: true,
    begun: null,
    stable: nothingStable,
    ahead: null,
    aheadTicks: 0,
    slots: {},
    nextSequence: 1,
    handed: 0,
    executed: 0,
    handedIndex: 0,
    appliedIndex: 0,
    reigns: [],
    executing: [],
    tentative: null,
    sessions: [],
    waiting: [],
    replies: {},
    replyBytes: 0,
    timed: null,
    failedViews: 0,
    timer: 'none',
    viewChanges: {},
    checkpoints: {},
    snapshot: null,
    taking: null,
    installing: null,
    fetch: null,
    sending: [],
    fetchers: [],
    readsFrom: 0,
    reads: [],
    nextQuery: 1,
    durability: { lastWrite: 0, durableWrite: 0, viewWrite: 0, marks: [] },
    statusTicks: 0,
    answeredAt: {},
  };
}
