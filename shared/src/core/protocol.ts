import type { DiskImage } from './disk.js';
import type { Forgery } from './forgery.js';
import type { Index, InstanceName, NodeId, Reign } from './ids.js';
import type { ProtocolInstances } from './instances.js';
import type { Effect, ProcessEvent } from './process.js';
import type { RandomState } from './random.js';
import type { Signed } from './signed.js';

export const protocolNames = [
  'best-effort',
  'reliable',
  'gossip',
  'paxos',
  'multi-paxos',
  'zab',
  'raft',
  'pbft',
] as const;
export type ProtocolName = (typeof protocolNames)[number];

/**
 * What a protocol is for, and so what its users ask and get. `log`: commands in one order into a store; `propose` and `read`
 * are answered with the store's results. `broadcast`: `propose` gives every node of the run this payload; the `reply`, the
 * broadcast's id (`shared/src/broadcast/accepted.ts`), says that the own node has taken it on, and each node that gets it
 * `indicate`s a `Delivery`. There is no store to `read`: `unsupported`.
 */
export type ProtocolKind = 'log' | 'broadcast';

/** What the screen and the trace show of a message. */
export type MessageInfo = {
  /** The message's type as the paper names it: `AppendEntries`. */
  readonly kind: string;
  readonly reign: Reign;
  /** How many log entries it carries; 0 draws it hollow. */
  readonly entries: number;
  /** What it answers, where it is an answer. */
  readonly answer?: 'yes' | 'no';
  /** A few fields for the log lines, under the paper's names. */
  readonly summary: { readonly [name: string]: string | number | boolean | null };
};

/** A rule fell: which, where, and why in a sentence with the numbers in it. */
export type Violation = { readonly rule: string; readonly node: NodeId; readonly why: string };

/** One rule by name, with the sentence a person reads. */
export type Rule = { readonly name: string; readonly sentence: string };

/** Watches every node of one run, in one place. Has a memory of its own; states are looked at, never kept or changed. */
export interface InvariantChecker<State, Message> {
  readonly rules: readonly Rule[];
  /** After each step. Answers with the first rule that fell, or null. */
  afterStep(
    node: NodeId,
    state: State,
    event: ProcessEvent<Message>,
    effects: readonly Effect<Message>[],
  ): Violation | null;
  /** The node lost its memory and what it had not made durable. */
  afterCrash(node: NodeId): void;
  /** The node lies from now on: its steps are no longer judged, and its word binds nobody. Absent where nobody may lie. */
  lies?(node: NodeId): void;
  /**
   * Judges what must come true at some time: all faults have ended, nobody asks for anything more, and `remaining` are up
   * and stay. Asked again and again: the first rule that has not come true yet, or null once all have. Changes nothing.
   */
  atQuiescence?(remaining: readonly NodeId[]): Violation | null;
}

/** What a new run can begin with, of what one node's disk held of an older one, and what may be missing in it. */
export type Salvaged = {
  /** For the disk of the new run's only voter, beside the store's snapshot, which stays as it is. */
  readonly image: DiskImage;
  readonly lastIndex: Index;
  readonly lastReign: Reign;
  /** Up to here it was committed for certain; what lies behind may have been, or not. */
  readonly committedIndex: Index;
};

/** What a protocol's safety assumes of clocks. */
export type ClockBound = {
  /** By how much the rates of two nodes' clocks may differ. */
  readonly driftPercent: number;
  /** Whether a node's clock may move forward at once, without the node being told. */
  readonly jumps: boolean;
};

/**
 * All that the rest of the code knows of a protocol. The registry lists these; host, simulator, room and views read them
 * and know nothing more.
 */
export interface Protocol<State, ClientState, Message, Options> {
  readonly name: ProtocolName;
  readonly kind: ProtocolKind;
  /** Its Processes: the server, the client, and what they stand on. All speak the protocol's one union of messages. */
  readonly instances: ProtocolInstances<State, ClientState, Message, Options>;
  readonly votersMin: number;
  readonly votersMax: number;
  /** Whether its client Process takes `control` requests: voters and leader can be changed while it runs. */
  readonly reconfigures: boolean;
  /**
   * Whether it proves to others what a snapshot holds: the host then tells the digest of each snapshot's bytes. Equal
   * stores make equal bytes.
   */
  readonly provesSnapshots?: boolean;
  /** Checks what a user gave and fills in defaults; throws `OptionsError` with what to do. */
  parseOptions(given: unknown): Options;
  /** Options for a seed of the simulator: small batches and windows, frequent snapshots, so that rare paths are walked. */
  drawOptions(random: RandomState): Options;
  /** How many of so many voters may be gone for good while the others must go on; a minority of them without it. */
  crashesTolerated?(voters: number, options: Options): number;
  /** What must be true of clocks under these options for reads to be linearizable; null, or absent, for nothing. */
  clockBound?(options: Options): ClockBound | null;
  /** Checks a decoded frame's body; throws with the reason when it is no message of this protocol for that instance. */
  parseMessage(body: unknown, to: InstanceName): Message;
  /** The signed statements inside a message, outermost first; empty for protocols that sign nothing. */
  signedParts(message: Message): readonly Signed<unknown>[];
  describe(message: Message): MessageInfo;
  /** Codes of its notes that, held together over several nodes, can prove a broken rule: the trace never leaves them out. */
  readonly provingNotes?: readonly string[];
  /**
   * UNSAFE, for when a quorum has gone for good: makes of what `self` kept of an older run what a new run of which it is the
   * only voter begins with. What was committed and never reached this node is lost, and what was not may become so. Of
   * several survivors take the one with the highest lastReign, then lastIndex. Absent where a protocol can't.
   */
  salvage?(image: DiskImage, self: NodeId): Salvaged;
  /** How its messages are made lies. Absent where nobody has said. */
  readonly forgery?: Forgery<Message>;
  /** How many of so many voters may lie while the others stay right and go on; none without it. */
  liarsTolerated?(voters: number, options: Options): number;
  createChecker(voters: readonly NodeId[], options: Options): InvariantChecker<State, Message>;
}

/** A protocol whose types the holder does not know. Methods are bivariant, so every Protocol is one. */
export type AnyProtocol = Protocol<unknown, unknown, unknown, unknown>;

/** Options that can't be used. The message says which and what to give instead. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError';
}
