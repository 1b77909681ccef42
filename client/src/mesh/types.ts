/**
 * `control` carries the system plane, `protocol` the lab plane, `bulk` telemetry and snapshots. Frames of one
 * lane arrive in order; control goes before protocol; bulk has a data channel of its own and blocks neither.
 */
export type Lane = 'control' | 'protocol' | 'bulk';

/** The two data channels of a link. */
export type ChannelName = 'main' | 'bulk';

/** Carries signals between tabs that have not met yet. Whoever implements it stamps `from` truthfully. */
export type SignalPort = {
  readonly self: string;
  send(to: string, generation: number, data: unknown): void;
  onSignal(handler: (from: string, generation: number, data: unknown) => void): void;
  /** A signal could not be carried: the mesh then has it relayed by tabs that are linked. Absent where that never happens. */
  onUndelivered?(handler: (to: string, generation: number, data: unknown) => void): void;
};

/**
 * `direct` and `relayed` (by way of TURN) are open links; `silent` is an open link from which nothing has been
 * heard for some seconds; `backoff` waits for the next attempt.
 */
export type LinkState = 'connecting' | 'direct' | 'relayed' | 'backoff' | 'silent' | 'closed';

/**
 * `sent`: goes out at the end of this turn. `queued`: waits behind what the channel still holds. The others
 * mean that the frame is lost: `no-link`, `overflow` (the lane's queue is full), `too-large`.
 */
export type SendOutcome = 'sent' | 'queued' | 'no-link' | 'overflow' | 'too-large';

/**
 * Why a link went down. `left` and `crashed` come from the peer's goodbye; a page that closes its connection
 * without a word, and one that comes back as a new page, have crashed as well. `lost`: the network failed, or
 * a side gave the link up. `released`: neither side wants it. `replaced`: a newer generation takes over.
 */
export type DownReason = 'left' | 'crashed' | 'lost' | 'released' | 'replaced';

/**
 * Why whoever is at the other end of a connection was not taken for the peer. `identity-mismatch`: the id is no hash of its
 * key. `proof-invalid`: what it sent is not signed by that key. `proof-replayed`: it is, for another link. `fingerprint-swapped`:
 * it is, and the signer sees other certificates than this tab: the encryption ends somewhere on the way. `proof-refused`: this
 * tab's own proof was not taken there.
 */
export const proofProblems = [
  'identity-mismatch',
  'proof-invalid',
  'proof-replayed',
  'fingerprint-swapped',
  'proof-refused',
] as const;
export type ProofProblem = (typeof proofProblems)[number];

export function isProofProblem(problem: LinkProblem | null): problem is ProofProblem {
  const all: readonly (LinkProblem | null)[] = proofProblems;
  return all.includes(problem);
}

/** By which way a peer's signals came: the signaling server, or the linked tab that passed them on last. */
export type SignalWay = { readonly by: 'server' } | { readonly by: 'tab'; readonly tab: string };

/**
 * Why the last attempt or link ended otherwise than on purpose. `proof-timeout`: the channels were open, and a proof did not come.
 * `other-version`: the page at the other end is of a version with which there is no link.
 */
export type LinkProblem =
  | ProofProblem
  | 'proof-timeout'
  | 'other-version'
  | 'set-up-timeout'
  | 'ice-failed'
  | 'too-many-connections'
  | 'too-many-violations'
  | 'connection-error';

export type LinkInfo = {
  readonly peer: string;
  readonly state: LinkState;
  readonly initiator: boolean;
  readonly generation: number;
  /** Smoothed; null until the first answer. */
  readonly roundTripMs: number | null;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly framesIn: number;
  readonly framesOut: number;
  /** Bytes waiting in our queues and in the channels' own buffers. */
  readonly bufferedBytes: number;
  /** Frames refused because a lane's queue was full. */
  readonly overflows: number;
  readonly violations: number;
  /** Attempts since the link was last up for good. */
  readonly failures: number;
  readonly problem: LinkProblem | null;
};

export type ViolationCode =
  | 'wrong-version'
  | 'malformed'
  | 'oversized'
  | 'unexpected-lane'
  | 'out-of-sequence'
  | 'not-binary'
  | 'bad-signal'
  | 'too-often';

/** What a peer sent breaks the rules of the link. The message says what the sender has to do instead. */
export class MeshViolation extends Error {
  override readonly name = 'MeshViolation';
  readonly code: ViolationCode;

  constructor(code: ViolationCode, message: string) {
    super(message);
    this.code = code;
  }
}

export type MeshListener = {
  /** The frame has a buffer of its own, which may be transferred to a worker. */
  onFrame?(peer: string, lane: Lane, frame: Uint8Array<ArrayBuffer>): void;
  onUp?(peer: string): void;
  onDown?(peer: string, reason: DownReason): void;
  /** The link's state or round-trip time is another. */
  onChange?(peer: string): void;
  /** The peer broke the rules: its frame or signal was dropped, and it was told; about signals, only so often. */
  onViolation?(peer: string, violation: MeshViolation): void;
  /** Whoever was reached as `peer` was not taken for it, so there is no link; `way`: how the signals to it came. */
  onUnproven?(peer: string, problem: ProofProblem, way: SignalWay): void;
  /** The peer says that this tab broke the rules. */
  onAccused?(peer: string, code: ViolationCode): void;
};

/**
 * The links of this tab. It lives on the main thread, where the RTCPeerConnections have to be, and moves bytes;
 * nothing in it that matters for latency waits for a timer, because a hidden tab gets one a second.
 */
export type Mesh = {
  /** Asks for a link, in the name of an owner. Kept up, and created again for ever, until all owners release it. */
  want(peer: string, owner: string): void;
  /** Takes the owner's wish back. The link closes once neither this tab nor the peer has an owner for it. */
  release(peer: string, owner: string): void;
  /**
   * Sends one whole frame of at most `FRAME_BYTES_MAX` bytes; the caller must not change it afterwards. Frames
   * sent in one turn share messages. Never throws: a frame that can't go is an outcome.
   */
  send(peer: string, lane: Lane, frame: Uint8Array): SendOutcome;
  links(): ReadonlyMap<string, LinkInfo>;
  /** Adds a listener; the result takes it away again. */
  on(listener: MeshListener): () => void;
  /**
   * Tells every peer at once and closes all links. After `leave` all owners are forgotten and the mesh is quiet
   * until `want` is called anew; after `crash` they are kept for a page that comes back from the browser's cache.
   */
  goodbye(kind: 'crash' | 'leave'): void;
  /** Ends the mesh: no goodbye, no timers, no listeners. */
  close(): void;
};

/** Time, injected so that tests can hold it. `soon` runs at the end of the current turn. */
export type Scheduler = {
  now(): number;
  after(delayMs: number, run: () => void): () => void;
  soon(run: () => void): void;
};
