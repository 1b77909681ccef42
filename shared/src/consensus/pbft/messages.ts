import type { Index, NodeId, Reign, Signed } from '../../core/index.js';

/** A sequence number: the place of a batch in the order, from 1; 0 means "before the first". */
export type Sequence = number;
/** SHA-256 in hexadecimal. */
export type Digest = string;

/**
 * REQUEST (4.2): what one client asks in one go, in this order. `number` is the paper's timestamp: it rises with each
 * request of a client, over all its lives. Signed once, however many operations there are.
 */
export type RequestBody = { readonly number: number; readonly operations: readonly Uint8Array[] };
export type Request = Signed<RequestBody>;
/** What is ordered at one sequence number; empty for the null request (4.4), which changes nothing. */
export type Batch = readonly Request[];

/** The null request's. */
export const nullBatch: Batch = [];

/** What PRE-PREPARE and PREPARE say: this batch, by its digest, at this sequence number in this view (4.2). */
export type ProposalBody = { readonly view: Reign; readonly sequence: Sequence; readonly digest: Digest };
export type SignedPrePrepare = Signed<ProposalBody>;
export type SignedPrepare = Signed<ProposalBody>;
/** CHECKPOINT (4.3): the digest covers the store and what else is state, after the execution of `sequence`. */
export type CheckpointBody = { readonly sequence: Sequence; readonly digest: Digest };
export type SignedCheckpoint = Signed<CheckpointBody>;

/** Proves that a batch prepared (the P_m of 4.4): the primary's pre-prepare, and as many prepares of backups as make a quorum with it. */
export type PreparedCertificate = {
  readonly prePrepare: SignedPrePrepare;
  readonly prepares: readonly SignedPrepare[];
};
/** The last stable checkpoint, and the quorum's statements that prove it; none for 0, where everything begins. */
export type StableCheckpoint = CheckpointBody & { readonly proof: readonly SignedCheckpoint[] };
/** VIEW-CHANGE (4.4): `stable` with its proof is n and C, `prepared` is P. */
export type ViewChangeBody = {
  readonly view: Reign;
  readonly stable: StableCheckpoint;
  readonly prepared: readonly PreparedCertificate[];
};
export type SignedViewChange = Signed<ViewChangeBody>;
/**
 * NEW-VIEW (4.4): `viewChanges` is V, each by its signer and the digest of what it says, since all of V in one message
 * would outgrow a frame; the statements themselves come before it. `prePrepares` is O.
 */
export type NewViewBody = {
  readonly view: Reign;
  readonly viewChanges: readonly (readonly [signer: NodeId, digest: Digest])[];
  readonly prePrepares: readonly SignedPrePrepare[];
};
export type SignedNewView = Signed<NewViewBody>;

/** Whose request of which number. */
export type RequestName = { readonly client: NodeId; readonly number: number };

export type RequestMessage = { readonly type: 'request'; readonly request: Request };
/** The batch goes beside the statement, which names it by its digest; so certificates stay small. */
export type PrePrepareMessage = {
  readonly type: 'prePrepare';
  readonly prePrepare: SignedPrePrepare;
  readonly batch: Batch;
};
export type PrepareMessage = { readonly type: 'prepare'; readonly prepare: SignedPrepare };
/** Unsigned: nobody shows it to a third party, and the channel says whose it is. */
export type CommitMessage = { readonly type: 'commit' } & ProposalBody;
/** Results of some of a request's operations, by their places in it, from 0. Unsigned, as `CommitMessage` is. */
export type ReplyMessage = {
  readonly type: 'reply';
  readonly view: Reign;
  readonly number: number;
  /** It has prepared and not committed yet: it may still be undone (5.1.2). */
  readonly tentative: boolean;
  readonly results: readonly { readonly at: number; readonly result: Uint8Array }[];
};
/** Asks every replica what its own store holds (5.1.3); a quorum of equal answers is one. */
export type ReadMessage = { readonly type: 'read'; readonly number: number; readonly operation: Uint8Array };
export type ReadReplyMessage = {
  readonly type: 'readReply';
  readonly view: Reign;
  readonly number: number;
  readonly result: Uint8Array;
};
/** One statement, or the quorum of them that makes a checkpoint stable. */
export type CheckpointMessage = {
  readonly type: 'checkpoint';
  readonly checkpoints: readonly SignedCheckpoint[];
};
export type ViewChangeMessage = { readonly type: 'viewChange'; readonly viewChange: SignedViewChange };
export type NewViewMessage = { readonly type: 'newView'; readonly newView: SignedNewView };
/** Batches that somebody lacks: their digests prove them. */
export type BatchMessage = { readonly type: 'batch'; readonly batch: Batch };
/** How far the sender is, so that others send what it lacks (journal version, 5.2). */
export type StatusMessage = {
  readonly type: 'status';
  readonly view: Reign;
  /** False while it waits for the new view. */
  readonly isActive: boolean;
  readonly stable: Sequence;
  readonly executed: Sequence;
  /** The first sequence number that has not committed in this view here, though it may have been executed in an earlier one. */
  readonly open: Sequence;
  /** Of the sequence numbers from `open` on: 0 nothing, 1 pre-prepared, 2 prepared, 3 committed. */
  readonly phases: readonly number[];
  /** Batches that it knows by digest alone. */
  readonly missing: readonly Digest[];
  /** While it waits for the new view: whose view changes for it are here. */
  readonly viewChanges: readonly NodeId[];
};
/** Asks for the state at a stable checkpoint of this sequence number or a later one (4.6.2). */
export type FetchMessage = { readonly type: 'fetch'; readonly sequence: Sequence };
/** Comes with a snapshot of the store: what else the checkpoint's digest covers, and the checkpoint's proof. */
export type StateMessage = {
  readonly type: 'state';
  readonly checkpoint: StableCheckpoint;
  readonly meta: StateMeta;
};
/** What is state beside the store, and where the store stands. */
export type StateMeta = {
  readonly sequence: Sequence;
  readonly index: Index;
  readonly sessions: readonly SessionOwner[];
};
/**
 * Which client opened a session of the store, by which request, and when it was last used: nobody else's commands are carried out
 * in it, and a request to open it that comes again opens no second one.
 */
export type SessionOwner = {
  readonly session: number;
  readonly client: NodeId;
  readonly number: number;
  readonly at: number;
  readonly usedAt: Index;
};

export type PbftMessage =
  | RequestMessage
  | PrePrepareMessage
  | PrepareMessage
  | CommitMessage
  | ReplyMessage
  | ReadMessage
  | ReadReplyMessage
  | CheckpointMessage
  | ViewChangeMessage
  | NewViewMessage
  | BatchMessage
  | StatusMessage
  | FetchMessage
  | StateMessage;

/** The replicas of a run at most: certificates grow with their number, and a view change must fit into a frame. */
export const votersMax = 16;
/** Operations in one request, and their bytes unless a single one is larger. */
export const operationsPerRequestMax = 256;
export const requestBytesMax = 128 * 1024;
/** Requests in one batch. */
export const batchRequestsMax = 256;
/** Sequence numbers between the watermarks. */
export const windowMax = 512;
/** Places that one status tells of, and that one answer to it fills. */
export const statusPlacesMax = 64;
export const missingMax = 16;
/** Sessions whose owners are known: the store keeps half as many. */
export const sessionOwnersMax = 2_048;
/** Bytes of results in one reply, unless a single one is larger. */
export const replyBytesMax = 128 * 1024;

/** The signed statements inside a message, outermost first. */
export function signedParts(message: PbftMessage): readonly Signed<unknown>[] {
  switch (message.type) {
    case 'request':
      return [message.request];
    case 'prePrepare':
      return [message.prePrepare, ...message.batch];
    case 'prepare':
      return [message.prepare];
    case 'checkpoint':
      return message.checkpoints;
    case 'viewChange':
      return viewChangeParts(message.viewChange);
    case 'newView':
      return [message.newView, ...message.newView.body.prePrepares];
    case 'batch':
      return message.batch;
    case 'state':
      return message.checkpoint.proof;
    case 'commit':
    case 'reply':
    case 'read':
    case 'readReply':
    case 'status':
    case 'fetch':
      return [];
  }
}

function viewChangeParts(viewChange: SignedViewChange): readonly Signed<unknown>[] {
  const { stable, prepared } = viewChange.body;
  const certified = prepared.flatMap(({ prePrepare, prepares }) => [prePrepare, ...prepares]);
  return [viewChange, ...stable.proof, ...certified];
}
