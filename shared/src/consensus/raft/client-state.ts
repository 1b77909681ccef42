import type { ControlAction, Effect, NodeId, RequestId, WriteId } from '../../core/index.js';
import type { ConfigurationId } from './configuration.js';
import type { RaftMessage } from './messages.js';
import type { RaftOptions } from './options.js';

/** A request of a local user, or the client's own to open a session. */
export type Request = {
  /** Its number among all that this client ever sends, earlier lives included: rises. */
  readonly id: number;
  readonly request: RequestId | null;
  readonly mode: 'write' | 'read' | 'openSession' | 'control';
  readonly operation: Uint8Array;
  /** What an administrator asks for; of `control` alone. */
  readonly action: ControlAction | null;
  /** Within the session; 0 without. */
  sequence: number;
  readonly deadlineAt: number;
  resendAt: number;
  attempts: number;
  /** Times that nobody answered; what waits for an election is not kept waiting longer for it. */
  silences: number;
  /** The message that it last went with; 0 before it has been sent. */
  batch: number;
};

/** Section 6.3 of the dissertation. Plain data. */
export type ClientState = {
  readonly self: NodeId;
  readonly options: RaftOptions;
  /** The newest configuration that this client has heard of, and who serves in it. */
  configuration: ConfigurationId;
  servers: readonly NodeId[];
  lastWrite: WriteId;
  /** Counts this client's lives, durably: no request or session of an earlier one is ever taken for one of this. */
  incarnation: number;
  nextRequest: number;
  session: number | null;
  /** Requests wait here until the session is open. */
  opening: boolean;
  nextSequence: number;
  /** Who is believed to lead, and whom to ask without a belief. */
  leader: NodeId | null;
  rotation: number;
  /** Whom this node has a link to. */
  readonly linked: NodeId[];
  /** By id, rising: all that is not answered yet. */
  readonly requests: Request[];
  /** Messages that are not wholly answered, and how many of their requests are open. */
  readonly batches: { readonly batch: number; open: number }[];
  nextBatch: number;
  /** When the retry timer is due; null when it is not set. */
  wakeAt: number | null;
};

export type ClientStep = {
  readonly state: ClientState;
  readonly now: number;
  readonly effects: Effect<RaftMessage>[];
};
