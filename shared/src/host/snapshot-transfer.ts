import type { NodeId } from '../core/index.js';
import type { Frame } from '../wire/index.js';
import type { Cancel, LabClock } from './lab-clock.js';
import {
  snapshotAbandonedMs,
  snapshotBytesMax,
  snapshotChunkBytes,
  snapshotKeptMs,
  snapshotRetriesMax,
  snapshotRetryMs,
} from './limits.js';

type Address = { readonly run: string; readonly to: string };
type ChunkFrame = Extract<Frame, { kind: 'snapshotChunk' }>;
type AckFrame = Extract<Frame, { kind: 'snapshotAck' }>;

export type SendingOptions = {
  readonly clock: LabClock;
  readonly address: Address;
  readonly transfer: number;
  readonly data: Uint8Array;
  /** The protocol's message; it goes with the first chunk and is delivered once all is there. */
  readonly announcement: unknown;
  readonly send: (frame: ChunkFrame) => void;
  readonly done: (ok: boolean) => void;
};

/** One snapshot on its way out: a chunk at a time, repeated until acknowledged, resumed where the receiver stands. */
export class SnapshotSending {
  readonly #options: SendingOptions;
  #offset = 0;
  #retries = 0;
  #restarts = 0;
  #cancel: Cancel | null = null;

  constructor(options: SendingOptions) {
    this.#options = options;
    this.#sendChunk();
  }

  acknowledged({ ok, received }: AckFrame): void {
    if (!ok) return this.#finish(false);
    // A receiver that has none of it has restarted, or forgot this node while the link was down: begin anew.
    if (received === 0 && this.#offset > 0) {
      this.#offset = 0;
      this.#restarts += 1;
      if (this.#restarts > snapshotRetriesMax) this.#finish(false);
      else this.#sendChunk();
      return;
    }
    // What tells nothing new is a copy. Answering it with a chunk would double the traffic with every copy.
    if (received <= this.#offset || received > this.#options.data.length) return;
    this.#retries = 0;
    this.#offset = received;
    if (received === this.#options.data.length) this.#finish(true);
    else this.#sendChunk();
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #finish(ok: boolean): void {
    this.close();
    this.#options.done(ok);
  }

  #sendChunk(): void {
    this.close();
    const { address, transfer, data, announcement, clock, send } = this.#options;
    const chunk = data.subarray(this.#offset, this.#offset + snapshotChunkBytes);
    send({
      kind: 'snapshotChunk',
      ...address,
      transfer,
      offset: this.#offset,
      total: data.length,
      data: chunk,
      announcement: this.#offset === 0 ? announcement : null,
    });
    this.#cancel = clock.schedule(snapshotRetryMs, () => {
      this.#retries += 1;
      if (this.#retries > snapshotRetriesMax) this.#finish(false);
      else this.#sendChunk();
    });
  }
}

type Receiving = {
  readonly transfer: number;
  /** The newest: a transfer that is taken up again may be announced under another reign. */
  announcement: unknown;
  readonly total: number;
  /** Emptied once the snapshot was handed on: what stays only answers repeated chunks. */
  chunks: Uint8Array[];
  received: number;
  /** When the newest chunk came, in lab ms. */
  heardAtMs: number;
  /** The link to its sender has ended since; it gives way to others. */
  isCutOff: boolean;
};

export type Received = { readonly announcement: unknown; readonly data: Uint8Array };
export type Taken = { readonly ack: AckFrame; readonly whole: Received | null };

/**
 * Snapshots on their way in, one a sender at most; a newer transfer of the same sender replaces the older. One whose link
 * ended is kept for a while: its sender goes on, under the same number, where this node stands.
 */
export class SnapshotReceiver {
  readonly #from = new Map<NodeId, Receiving>();

  /**
   * Takes a chunk. Answers with the acknowledgement to send, and with the whole snapshot when this chunk completed it.
   * A chunk that does not continue what is there is acknowledged with where the sender should go on. `roomFor` is how
   * many snapshots the instance may still hold, those that are under way included; none begins beyond it.
   */
  take(from: NodeId, frame: ChunkFrame, roomFor: number, nowMs: number): Taken {
    let receiving = this.#from.get(from);
    if (receiving?.transfer !== frame.transfer) {
      const { transfer, announcement, total, offset } = frame;
      const hasRoom = this.#makeRoom(from, roomFor, nowMs);
      const welcome = hasRoom && total > 0 && total <= snapshotBytesMax;
      if (offset !== 0 || !welcome) return { ack: this.refuse(frame, welcome), whole: null };
      receiving = {
        transfer,
        announcement,
        total,
        chunks: [],
        received: 0,
        heardAtMs: nowMs,
        isCutOff: false,
      };
      this.#from.set(from, receiving);
    }
    const { total, received } = receiving;
    receiving.isCutOff = false;
    if (frame.offset === 0) receiving.announcement = frame.announcement;
    // Chunks of a byte each would cost a hundred times what they hold.
    const size = Math.min(snapshotChunkBytes, total - frame.offset);
    const fits = frame.total === total && size > 0 && frame.data.length === size;
    if (!fits || frame.offset !== received) return { ack: this.#ack(frame, received, fits), whole: null };
    receiving.heardAtMs = nowMs;
    // A copy: the frame's bytes are a view of a buffer that holds more.
    receiving.chunks.push(frame.data.slice());
    receiving.received += frame.data.length;
    const ack = this.#ack(frame, receiving.received, true);
    if (receiving.received < total) return { ack, whole: null };
    const data = concat(receiving.chunks, total);
    receiving.chunks = [];
    return { ack, whole: { announcement: receiving.announcement, data } };
  }

  /** The link to `from` has ended: what it had begun to send may give way to others, and need not be kept for long. */
  cutOff(from: NodeId): void {
    const receiving = this.#from.get(from);
    if (receiving !== undefined) receiving.isCutOff = true;
  }

  /** Forgets what `from` has sent if it has not gone on with it since its link ended. */
  forgetCutOff(from: NodeId, nowMs: number): void {
    const receiving = this.#from.get(from);
    if (receiving?.isCutOff && nowMs - receiving.heardAtMs >= snapshotKeptMs) this.#from.delete(from);
  }

  /** Says that nothing of it is here; `ok` false, that nothing of it will be taken. */
  refuse(frame: ChunkFrame, ok = false): AckFrame {
    return this.#ack(frame, 0, ok);
  }

  /**
   * Whether one more may begin beside those that are under way from others than `except`, whose older one gives way. Those
   * that were given up go, and those that are cut off where there is no room otherwise.
   */
  #makeRoom(except: NodeId, roomFor: number, nowMs: number): boolean {
    const cutOff: NodeId[] = [];
    let count = 0;
    for (const [from, { received, total, heardAtMs, isCutOff }] of this.#from) {
      if (received === total || from === except) continue;
      const isAbandoned = !isCutOff && nowMs - heardAtMs > snapshotAbandonedMs;
      if (isAbandoned) this.#from.delete(from);
      else count += 1;
      if (isCutOff) cutOff.push(from);
    }
    while (count >= roomFor && cutOff.length > 0) {
      this.#from.delete(cutOff.shift() ?? '');
      count -= 1;
    }
    return count < roomFor;
  }

  #ack(frame: ChunkFrame, received: number, ok: boolean): AckFrame {
    return { kind: 'snapshotAck', run: frame.run, to: frame.to, transfer: frame.transfer, received, ok };
  }
}

function concat(chunks: readonly Uint8Array[], total: number): Uint8Array {
  const data = new Uint8Array(total);
  let offset = 0;
  for (const chunk of chunks) {
    data.set(chunk, offset);
    offset += chunk.length;
  }
  return data;
}
