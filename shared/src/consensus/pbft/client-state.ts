import type { Effect, NodeId, Reign, RequestId, WriteId } from '../../core/index.js';
import { type Group, groupOf } from './certificates.js';
import type { PbftMessage, Request } from './messages.js';
import type { PbftOptions } from './options.js';

/** What a local user asked for, or the client's own opening of a session. */
export type Asked = {
  /** Rises with each. */
  readonly id: number;
  readonly request: RequestId | null;
  readonly mode: 'write' | 'read' | 'openSession';
  readonly operation: Uint8Array;
  readonly deadlineAt: number;
  /** Within the session; 0 before it has been sent. */
  sequence: number;
};

/** A replica's answer: `tentativeIn` is the view in which it has prepared and not committed, null for what is final. */
export type Vote = { readonly result: Uint8Array; readonly tentativeIn: Reign | null };

/** One signed request on its way, with the votes for each of its results. It goes again as it is until all are answered. */
export type Sent = {
  readonly number: number;
  /** Null for a read of the stores, which nobody orders. */
  readonly request: Request | null;
  readonly read: Uint8Array | null;
  /** By their places in the request; null once answered, or given up. */
  readonly asked: (Asked | null)[];
  /** For each place what each replica has answered last. */
  readonly votes: { [replica: NodeId]: Vote }[];
  resendAt: number;
  attempts: number;
};

/** Plain data. */
export type ClientState = {
  readonly self: NodeId;
  readonly options: PbftOptions;
  readonly group: Group;
  /** Counts this client's lives, durably: no request or session of an earlier one is ever taken for one of this. */
  incarnation: number;
  nextNumber: number;
  nextRead: number;
  nextId: number;
  session: number | null;
  isOpening: boolean;
  nextSequence: number;
  /** The newest view that each replica has answered in: the primary is asked first. */
  readonly views: { [replica: NodeId]: Reign };
  /** Whom this node has a link to. */
  readonly linked: NodeId[];
  /** Not sent yet, by rising id. */
  readonly waiting: Asked[];
  readonly sent: Sent[];
  /** When the retry timer is due; null when it is not set. */
  wakeAt: number | null;
};

export type ClientStep = {
  readonly state: ClientState;
  readonly now: number;
  readonly effects: Effect<PbftMessage>[];
};

export const incarnationWrite: WriteId = 1;

export function createClient(self: NodeId, voters: readonly NodeId[], options: PbftOptions): ClientState {
  return {
    self,
    options,
    group: groupOf(voters),
    incarnation: 0,
    nextNumber: 1,
    nextRead: 1,
    nextId: 1,
    session: null,
    isOpening: false,
    nextSequence: 1,
    views: {},
    linked: [],
    waiting: [],
    sent: [],
    wakeAt: null,
  };
}
