import { CHANNEL_LANES, FRAME_BYTES_MAX, type MessageWriter, type WireLane } from './framing.js';
import type { ChannelName } from './types.js';

export type QueueLimits = { readonly bytesMax: number; readonly framesMax: number };

/** Every lane but the mesh's own holds at least two frames of the largest size. */
export const QUEUE_LIMITS: Readonly<Record<WireLane, QueueLimits>> = {
  link: { bytesMax: 64 * 1024, framesMax: 256 },
  control: { bytesMax: 2 * FRAME_BYTES_MAX, framesMax: 4_096 },
  protocol: { bytesMax: 2 * FRAME_BYTES_MAX, framesMax: 16_384 },
  bulk: { bytesMax: 4 * FRAME_BYTES_MAX, framesMax: 16_384 },
};

/** What has been taken is cut off the front only now and then, since cutting moves all that is left. */
const TAKEN_MAX = 1_024;

class LaneQueue {
  readonly lane: WireLane;
  readonly #limits: QueueLimits;
  #frames: Uint8Array[] = [];
  #head = 0;
  /** How much of the frame at the head is in messages already. */
  #offset = 0;
  bytes = 0;

  constructor(lane: WireLane, limits: QueueLimits) {
    this.lane = lane;
    this.#limits = limits;
  }

  get count(): number {
    return this.#frames.length - this.#head;
  }

  push(frame: Uint8Array): boolean {
    if (this.count >= this.#limits.framesMax || this.bytes + frame.length > this.#limits.bytesMax)
      return false;
    this.#frames.push(frame);
    this.bytes += frame.length;
    return true;
  }

  /** Moves frames into the message until it is full (false) or the lane is empty (true). */
  fill(writer: MessageWriter): boolean {
    for (;;) {
      const frame = this.#frames[this.#head];
      if (frame === undefined) return true;
      const offset = writer.put(this.lane, frame, this.#offset);
      if (offset === null) return false;
      this.bytes -= offset - this.#offset;
      this.#offset = offset;
      if (offset < frame.length) return false;
      this.#shift();
    }
  }

  #shift(): void {
    this.#offset = 0;
    this.#head += 1;
    if (this.#head === this.#frames.length || this.#head >= TAKEN_MAX) {
      this.#frames = this.#frames.slice(this.#head);
      this.#head = 0;
    }
  }
}

/** The frames that wait for one channel of one link: bounded lanes, emptied in the order of their urgency. */
export class SendQueue {
  readonly #lanes: readonly LaneQueue[];
  readonly #writer: MessageWriter;

  constructor(channel: ChannelName, writer: MessageWriter, limits = QUEUE_LIMITS) {
    this.#lanes = CHANNEL_LANES[channel].map((lane) => new LaneQueue(lane, limits[lane]));
    this.#writer = writer;
  }

  get bytes(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.bytes, 0);
  }

  get isEmpty(): boolean {
    return this.#lanes.every((lane) => lane.count === 0);
  }

  /** Whether the frame has found room; a frame that has not is lost, and the caller has to count it. */
  push(lane: WireLane, frame: Uint8Array): boolean {
    return this.#lanes.find((queue) => queue.lane === lane)?.push(frame) ?? false;
  }

  /** The next message, to be sent before the next call; `null` if nothing waits. */
  next(): Uint8Array<ArrayBuffer> | null {
    for (const lane of this.#lanes) {
      if (!lane.fill(this.#writer)) break;
    }
    return this.#writer.isEmpty ? null : this.#writer.take();
  }
}
