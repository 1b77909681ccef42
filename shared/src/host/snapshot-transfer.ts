import type { NodeId } from '../core/index.js';
import type { Frame } from '../wire/index.js';
import type { Cancel, LabClock } from './lab-clock.js';
import { snapshotBytesMax, snapshotChunkBytes, snapshotRetriesMax, snapshotRetryMs } from './limits.js';

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
  #cancel: Cancel | null = null;

  constructor(options: SendingOptions) {
    this.#options = options;
    this.#sendChunk();
  }

  /** How many bytes the receiver has. */
  get sentBytes(): number {
    return this.#offset;
  }

  acknowledged(frame: AckFrame): void {
    if (!frame.ok) return this.#finish(false);
    if (frame.received < this.#offset || frame.received > this.#options.data.length) return;
    if (frame.received > this.#offset) this.#retries = 0;
    this.#offset = frame.received;
    if (this.#offset >= this.#options.data.length) this.#finish(true);
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
  readonly announcement: unknown;
  readonly data: Uint8Array;
  received: number;
};

export type Received = { readonly announcement: unknown; readonly data: Uint8Array };

/** Snapshots on their way in, one a sender at most; a newer transfer of the same sender replaces the older. */
export class SnapshotReceiver {
  readonly #from = new Map<NodeId, Receiving>();

  /**
   * Takes a chunk. Answers with the acknowledgement to send, and with the whole snapshot when this chunk completed it.
   * A chunk that does not continue what is there is acknowledged with where the sender should go on.
   */
  take(from: NodeId, frame: ChunkFrame): { readonly ack: AckFrame; readonly whole: Received | null } {
    let receiving = this.#from.get(from);
    if (receiving?.transfer !== frame.transfer) {
      if (frame.offset !== 0 || frame.total > snapshotBytesMax) {
        return { ack: this.#ack(frame, 0, frame.offset !== 0 && frame.total <= snapshotBytesMax), whole: null };
      }
      receiving = {
        transfer: frame.transfer,
        announcement: frame.announcement,
        data: new Uint8Array(frame.total),
        received: 0,
      };
      this.#from.set(from, receiving);
    }
    const fits = frame.total === receiving.data.length && frame.offset + frame.data.length <= frame.total;
    const isNext = fits && frame.offset === receiving.received && receiving.received < frame.total;
    if (isNext) {
      receiving.data.set(frame.data, frame.offset);
      receiving.received += frame.data.length;
    }
    const complete = isNext && receiving.received === frame.total;
    return {
      ack: this.#ack(frame, receiving.received, fits),
      whole: complete ? { announcement: receiving.announcement, data: receiving.data } : null,
    };
  }

  /** Forgets what `from` had begun to send: its link or its process is gone. */
  forget(from: NodeId): void {
    this.#from.delete(from);
  }

  #ack(frame: ChunkFrame, received: number, ok: boolean): AckFrame {
    return { kind: 'snapshotAck', run: frame.run, to: frame.to, transfer: frame.transfer, received, ok };
  }
}
