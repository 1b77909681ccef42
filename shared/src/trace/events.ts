import type { Index, InstanceName, MessageInfo, NodeId, Observation, RunId } from '../core/index.js';

/** Why a message that was sent will not be delivered. */
export type LossReason =
  | 'cut'
  | 'drop'
  | 'no-link'
  | 'overflow'
  | 'crashed'
  | 'stale-run'
  | 'no-instance'
  | 'invalid'
  | 'forged';

/** One message of one sender in one life: `sender:life:number`. Joins `sent`, `arrived`, `delivered` and `lost`. */
export type MessageId = string;

/** A fault of the lab that touched a message. */
export type TouchedBy = 'cut' | 'drop' | 'delay' | 'duplicate';

/** A timer that is running: when it was set and when it is due, in ms of the node's lab clock. */
export type RunningTimer = { readonly setAtMs: number; readonly dueAtMs: number };

/** Pieces that one `applied` tells together. */
export const piecesMax = 64;

/** Of a delivered payload at most so many characters are told. */
export const previewMax = 64;

/** What happened, without who and when. Kinds are told apart by `type`; fields are plain data. */
export type TraceBody =
  /** A node's whole visible state; a reader that missed events starts anew from it. */
  | {
      readonly type: 'keyframe';
      readonly observation: Observation | null;
      readonly digest: string | null;
      readonly timers: { readonly [timer: string]: RunningTimer };
      readonly pace: number;
      readonly paused: boolean;
    }
  | { readonly type: 'started'; readonly recovered: boolean }
  | { readonly type: 'stopped' }
  | { readonly type: 'crashed'; readonly why: string }
  | {
      readonly type: 'sent';
      readonly message: MessageId;
      readonly to: NodeId;
      readonly info: MessageInfo;
      readonly bytes: number;
    }
  /** It is in the receiver's inbox and will be delivered at `dueAtMs` of the receiver's lab clock. */
  | {
      readonly type: 'arrived';
      readonly message: MessageId;
      readonly from: NodeId;
      readonly info: MessageInfo;
      readonly dueAtMs: number;
    }
  | {
      readonly type: 'delivered';
      readonly message: MessageId;
      readonly from: NodeId;
      readonly info: MessageInfo;
    }
  | {
      readonly type: 'lost';
      readonly message: MessageId;
      readonly from: NodeId;
      readonly to: NodeId;
      readonly reason: LossReason;
    }
  | { readonly type: 'touched'; readonly message: MessageId; readonly by: TouchedBy; readonly fault: string }
  | { readonly type: 'timerFired'; readonly timer: string }
  | { readonly type: 'persisted'; readonly write: number; readonly ops: number }
  /** The observation changed, or a timer of the instance was set or cancelled. */
  | {
      readonly type: 'state';
      readonly observation: Observation;
      readonly timers: { readonly [timer: string]: RunningTimer };
    }
  /**
   * The store has applied these entries; `digest` is the store's after the last. Where they were committed in several pieces
   * one after the other, and are told together, `earlier` has the last entry of each earlier piece, with the digest after it.
   */
  | {
      readonly type: 'applied';
      readonly first: Index;
      readonly last: Index;
      readonly digest: string;
      readonly earlier?: readonly (readonly [Index, string])[];
    }
  /**
   * A broadcast was delivered at this node; in the order of these events it was. `isRecovered`: in an earlier life, and its
   * log still tells.
   */
  | {
      readonly type: 'delivery';
      readonly origin: NodeId;
      readonly incarnation: number;
      readonly sequence: number;
      /** Of the payload. */
      readonly bytes: number;
      readonly digest: string;
      readonly preview: string;
      readonly isRecovered: boolean;
    }
  /** Role, reign or leader changed. */
  | {
      readonly type: 'role';
      readonly role: string;
      readonly reign: number;
      readonly leader: NodeId | null;
    }
  | {
      readonly type: 'snapshot';
      readonly phase: 'taken' | 'sending' | 'sent' | 'receiving' | 'installed' | 'rejected';
      readonly index: Index;
      readonly peer: NodeId | null;
      readonly bytes: number;
    }
  | { readonly type: 'peer'; readonly peer: NodeId; readonly up: boolean }
  | { readonly type: 'pace'; readonly pace: number; readonly paused: boolean }
  | {
      readonly type: 'note';
      readonly code: string;
      readonly data: { readonly [key: string]: string | number | boolean | null };
      /** The protocol says that it can prove a broken rule: a vote, say. */
      readonly proves?: true;
    }
  /**
   * So many events were left out since the last gap of this run, since there were too many of them to send. `proofs` of them
   * could have proved a broken rule: above 0, no verdict on this run can be complete.
   */
  | { readonly type: 'gap'; readonly missing: number; readonly proofs: number };

/**
 * One numbered event of one node. `seq` rises by one with each event that is told of one life of the node (a life is one
 * start of its host). `count` is how many events of this run have happened in this life up to this one, whether they were
 * told or left out (gaps and keyframes are none): what a reader lacks is the highest it has seen, less what it has got.
 * `proof` numbers those of a run and life that can prove a broken rule, from 1 on; others have none. `clock` is a Lamport
 * clock; `atMs` is the node's lab clock; `wallMs` is the machine's, in ms since 1970.
 */
export type TraceEvent = TraceBody & {
  readonly node: NodeId;
  readonly life: number;
  readonly seq: number;
  readonly count: number;
  readonly proof?: number;
  readonly run: RunId;
  readonly instance: InstanceName;
  readonly clock: number;
  readonly atMs: number;
  readonly wallMs: number;
};
