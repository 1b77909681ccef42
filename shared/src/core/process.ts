import type { DiskImage, DiskOp } from './disk.js';
import type { Index, InstanceName, NodeId, Reign, RequestId, SnapshotRef, WriteId } from './ids.js';

/** One applied entry's answer from the store. */
export type Outcome = { readonly index: Index; readonly result: Uint8Array };

/**
 * What an administrator asks of a protocol that can do it. `reconfigure` makes these nodes the voters, whoever votes now;
 * asking for what is so already, or is under way, is answered like the first time it was asked.
 */
export type ControlAction =
  | { readonly kind: 'reconfigure'; readonly voters: readonly NodeId[] }
  | { readonly kind: 'transferLeadership'; readonly to: NodeId };

/**
 * What happens to a Process. `now` is the node's own clock in ms: it may be skewed, drift and jump, and never goes back
 * within one life. Messages have been decoded, validated and authenticated by the host.
 */
export type ProcessEvent<Message> =
  | { readonly type: 'start'; readonly now: number; readonly disk: DiskImage }
  /**
   * `snapshot` is set when the message announced a snapshot that the host has received whole, `snapshotDigest` with it for
   * a protocol that `provesSnapshots`.
   */
  | {
      readonly type: 'deliver';
      readonly now: number;
      readonly from: NodeId;
      readonly message: Message;
      readonly snapshot?: SnapshotRef;
      readonly snapshotDigest?: string;
    }
  | { readonly type: 'timeout'; readonly now: number; readonly timer: string }
  /** A local user's request to change (`propose`) or to look at (`read`) the store, or to broadcast (`propose`). */
  | {
      readonly type: 'propose';
      readonly now: number;
      readonly request: RequestId;
      readonly operation: Uint8Array;
    }
  | {
      readonly type: 'read';
      readonly now: number;
      readonly request: RequestId;
      readonly operation: Uint8Array;
    }
  /** The same for an administrator's request; answered by `reply` with no bytes once it is done, or by `refuse`. */
  | {
      readonly type: 'control';
      readonly now: number;
      readonly request: RequestId;
      readonly action: ControlAction;
    }
  | { readonly type: 'persisted'; readonly now: number; readonly write: WriteId }
  /**
   * The store has applied these entries of a `commit`, in order, or `isTentative` of an `execute`; `digest` is the store's
   * after the last.
   */
  | {
      readonly type: 'executed';
      readonly now: number;
      readonly outcomes: readonly Outcome[];
      readonly digest: string;
      readonly isTentative?: true;
    }
  /** The answer to a `query`, read once the store had applied `index`. */
  | {
      readonly type: 'queried';
      readonly now: number;
      readonly query: number;
      readonly index: Index;
      readonly result: Uint8Array;
    }
  /** From an instance below, a failure detector: it has come to suspect a node, or to trust it again. */
  | { readonly type: 'suspect' | 'trust'; readonly now: number; readonly node: NodeId }
  /** An output of an instance below: a delivered broadcast. */
  | {
      readonly type: 'indicated';
      readonly now: number;
      readonly from: InstanceName;
      readonly output: unknown;
    }
  /** `connectFailed`: a try to get the link that this instance asked for has failed; others follow while it wants it. */
  | { readonly type: 'peerUp' | 'peerDown' | 'connectFailed'; readonly now: number; readonly peer: NodeId }
  /** `digest` is that of the snapshot's bytes, for a protocol that `provesSnapshots`. */
  | {
      readonly type: 'snapshotTaken';
      readonly now: number;
      readonly index: Index;
      readonly digest?: string;
    }
  /** The receiving host has all of it (`ok`), or the transfer was given up. */
  | { readonly type: 'snapshotSent'; readonly now: number; readonly to: NodeId; readonly ok: boolean }
  | { readonly type: 'snapshotInstalled'; readonly now: number; readonly index: Index }
  | { readonly type: 'snapshotRejected'; readonly now: number; readonly reason: string }
  /** The node slept or its pace changed: what it believed about time is void (leases end, a leader proves itself anew). */
  | { readonly type: 'clockJumped'; readonly now: number; readonly byMs: number };

/** Why a local user's request was not answered with a result. `unknown` outcomes may still take effect. */
export type RequestError =
  | 'timeout'
  | 'busy'
  | 'session-expired'
  | 'stopped'
  | 'too-large'
  | 'bad-command'
  /** This protocol changes neither voters nor leader on request. */
  | 'unsupported'
  /** Another change of voters, or another transfer, has to end first. */
  | 'another-under-way'
  /** No set of voters, or a leader who would have no vote. */
  | 'bad-voters'
  /** A newcomer did not get the log in time; the voters are as they were. */
  | 'not-caught-up'
  /** The node that was to lead did not take over in time. */
  | 'not-transferred';

/**
 * What a Process asks of its host. Effects of one step are carried out in order. `send.after` names the `persist` whose
 * durability the message promises: the host holds the message until then, and drops it if the node crashes first.
 */
export type Effect<Message> =
  | {
      readonly type: 'send';
      readonly to: NodeId;
      readonly message: Message;
      /** The instance addressed at the other node; the sender's own name without it. */
      readonly instance?: InstanceName;
      readonly after?: WriteId;
    }
  | { readonly type: 'persist'; readonly write: WriteId; readonly ops: readonly DiskOp[] }
  | { readonly type: 'setTimer'; readonly timer: string; readonly afterMs: number }
  | { readonly type: 'cancelTimer'; readonly timer: string }
  /** Apply these to the store, in order; `command` null is an entry that changes nothing (a no-op, a configuration). */
  | {
      readonly type: 'commit';
      readonly entries: readonly {
        readonly index: Index;
        readonly reign: Reign;
        readonly command: Uint8Array | null;
      }[];
    }
  /**
   * Carry these out for the time being, behind all that is committed (tentative execution): the same follows in a `commit`, or a
   * `rollback` does.
   */
  | {
      readonly type: 'execute';
      readonly entries: readonly {
        readonly index: Index;
        readonly reign: Reign;
        readonly command: Uint8Array | null;
      }[];
    }
  /** Undo what was executed and not committed. */
  | { readonly type: 'rollback' }
  /** Read the store once it has applied `atIndex`; answered by `queried`. Of what is tentative it shows nothing. */
  | {
      readonly type: 'query';
      readonly query: number;
      readonly operation: Uint8Array;
      readonly atIndex: Index;
    }
  | { readonly type: 'reply'; readonly request: RequestId; readonly result: Uint8Array }
  | { readonly type: 'refuse'; readonly request: RequestId; readonly error: RequestError }
  /** A watch fired; `watch` names it. */
  | { readonly type: 'notify'; readonly watch: number; readonly result: Uint8Array }
  /** An output for whoever stands on top: a delivered broadcast, a suspicion. The instances above say what it is to them. */
  | { readonly type: 'indicate'; readonly output: unknown }
  /** Wants a link, until it says otherwise or ends: `peerUp` or `connectFailed` follows, or nothing when it is up already. */
  | { readonly type: 'connect' | 'disconnect'; readonly peer: NodeId }
  /** Snapshot the store at the applied index, write it with `meta` and `ops` (compaction) in one atomic batch. */
  | {
      readonly type: 'takeSnapshot';
      readonly index: Index;
      readonly meta: unknown;
      readonly ops: readonly DiskOp[];
    }
  /** Send the newest snapshot in chunks; `message` announces it and is delivered at the other end once all is there. */
  | { readonly type: 'sendSnapshot'; readonly to: NodeId; readonly message: Message }
  /** Make a received snapshot the store's state, and write it with `meta` and `ops` in one atomic batch. */
  | {
      readonly type: 'installSnapshot';
      readonly snapshot: SnapshotRef;
      readonly index: Index;
      readonly meta: unknown;
      readonly ops: readonly DiskOp[];
    }
  | { readonly type: 'discardSnapshot'; readonly snapshot: SnapshotRef }
  /** An explanation for the trace. `code` is kebab-case; the views hold its sentence in each language. */
  | {
      readonly type: 'note';
      readonly code: string;
      readonly data: { readonly [key: string]: string | number | boolean | null };
    };

/**
 * What a Process is told once, when its instance is made. `voters` are those that the run begins with: a server that is not
 * among them waits until it is made one. `seed` starts its random generator.
 */
export type ProcessInit<Options> = {
  readonly self: NodeId;
  readonly run: string;
  readonly voters: readonly NodeId[];
  readonly options: Options;
  readonly seed: number;
};

/**
 * A sans-IO state machine. `step` changes `state` in place and answers with effects; equal states and events give equal
 * effects, to the byte. `state` is plain data (numbers, strings, booleans, null, Uint8Array, arrays and objects of them),
 * so that state plus later events is a recording that can be run again.
 */
export interface Process<State, Message, Options> {
  create(init: ProcessInit<Options>): State;
  step(state: State, event: ProcessEvent<Message>): Effect<Message>[];
  /** What the screen shows of this state. */
  observe(state: State): Observation;
}

/**
 * What any protocol shows of itself. The log's reigns are run-length coded (`[first index, reign]`, rising), so a log of
 * a million entries costs as little as its changes of reign.
 */
export type Observation = {
  readonly role: string;
  readonly reign: Reign;
  readonly leader: NodeId | null;
  readonly firstIndex: Index;
  readonly lastIndex: Index;
  readonly commitIndex: Index;
  readonly appliedIndex: Index;
  readonly logReigns: readonly (readonly [Index, Reign])[];
  /** A candidate's answers so far; absent when it isn't one. */
  readonly votes?: { readonly [node: NodeId]: 'yes' | 'no' };
  /** A leader's view of the others. */
  readonly progress?: { readonly [node: NodeId]: { readonly match: Index; readonly next: Index } };
  /** Who votes, where the protocol can change that; `incoming` as well while two configurations overlap. */
  readonly voters?: readonly NodeId[];
  readonly incoming?: readonly NodeId[];
  /** They receive everything, and have no vote. */
  readonly learners?: readonly NodeId[];
  /** What the inspector lists besides, under the paper's own names. */
  readonly detail: { readonly [name: string]: string | number | boolean | null };
};

/** The part of an observation that a protocol without log and leader has nothing to say in: an empty log, nobody's reign. */
export const noLog = {
  reign: 0,
  leader: null,
  firstIndex: 1,
  lastIndex: 0,
  commitIndex: 0,
  appliedIndex: 0,
  logReigns: [],
} as const satisfies Partial<Observation>;
