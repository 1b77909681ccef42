import type { DiskOp, Index, NodeId } from '../core/index.js';

/** A value already encoded: disks move bytes and know no protocol. */
export type StoredOp =
  | { readonly kind: 'set'; readonly key: string; readonly value: Uint8Array }
  | { readonly kind: 'append'; readonly index: Index; readonly value: Uint8Array }
  | Extract<DiskOp, { kind: 'truncateFrom' | 'compactTo' }>
  | {
      readonly kind: 'snapshot';
      readonly index: Index;
      readonly meta: Uint8Array;
      readonly data: Uint8Array;
    };

/** What an area held when it was opened. `log` is contiguous and rising. */
export type StoredImage = {
  readonly values: ReadonlyMap<string, Uint8Array>;
  readonly log: readonly { readonly index: Index; readonly value: Uint8Array }[];
  readonly snapshot: { readonly index: Index; readonly meta: Uint8Array; readonly data: Uint8Array } | null;
};

/**
 * One node's disk. An area is one instance of one run (`RUN/server`); areas don't see each other. Every call answers
 * later, by completion, never before it returns; completions come in the order of their calls.
 *
 * `write` is one atomic batch, durable when it completes: after a crash either all of it is there or none, and never a
 * later batch without an earlier one. Ops within a batch take effect in order. Writes that arrive while one is under way
 * are committed as one group, whatever their areas. An area is opened before it is written. `append` must continue the
 * log (its index is the last + 1, or anything when the log is empty); a disk refuses what does not. `truncateFrom` drops
 * the entries from `index` on, `compactTo` those up to and with it; `snapshot` replaces the last one and leaves the log
 * alone. After a failed or refused write the disk is `broken`: every later call fails too. Errors are `DiskError`s.
 *
 * The disk may keep the bytes it is given, and hand the same out again: nobody changes them afterwards.
 */
export interface Disk {
  open(area: string, done: (error: Error | null, image: StoredImage) => void): void;
  write(area: string, ops: readonly StoredOp[], done: (error: Error | null) => void): void;
  /** Drops an area and all it held. */
  remove(area: string, done: (error: Error | null) => void): void;
  /** The areas that hold anything, sorted. */
  list(done: (error: Error | null, areas: readonly string[]) => void): void;
  /** Completes what is under way, then lets go of files and handles. */
  close(done: () => void): void;
}

/** Which frames go before others, and what may be dropped first when buffers are full. */
export type Priority = 'protocol' | 'bulk';

/** Frames to other nodes: unreliable, in order for each peer while it is up. Never calls back synchronously. */
export interface Network {
  /** False when the frame was not taken (no link, or the queue is full): it counts as lost. */
  send(to: NodeId, frame: Uint8Array, priority: Priority): boolean;
  /**
   * Asks for a link in the name of an owner, and keeps asking until that owner takes it back. `done` says once whether the
   * link is up or a try has failed, and not after `disconnect`, nor when the owner has asked again. That a link comes up
   * later, or ends, the host hears by `peerUp` and `peerDown`.
   */
  connect(peer: NodeId, owner: string, done: (up: boolean) => void): void;
  disconnect(peer: NodeId, owner: string): void;
}

/** The machine's clock (real, or the simulator's). The host makes the node's lab clock out of it. */
export interface Clock {
  /** Ms since some fixed moment; rises steadily. */
  nowMs(): number;
  /** Calls back once, not before `afterMs` have passed. Answers with a function that calls it off. */
  schedule(afterMs: number, callback: () => void): () => void;
}

/** Signing and checking; answers later, in order for each call's peer. The simulator's is an oracle that costs nothing. */
export interface Crypto {
  sign(bytes: Uint8Array, done: (signature: Uint8Array) => void): void;
  verify(signer: NodeId, bytes: Uint8Array, signature: Uint8Array, done: (valid: boolean) => void): void;
}
