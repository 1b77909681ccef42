import { type ChannelName, type Lane, MeshViolation } from './types.js';

/*
 * A message of a data channel holds one or more segments:
 *
 *   message := version:u8 segment+
 *   segment := head:u8 length:u16 [frameLength:u32] payload[length]
 *   head    := lane (bits 0-1) | first (bit 2) | last (bit 3), the rest zero
 *
 * frameLength stands only in the first segment of a frame that goes on. Numbers are big-endian. Each lane's
 * segments are in order, so a frame needs no number; segments of different lanes may alternate.
 */
export const FRAMING_VERSION = 1;
/** The largest message that every browser takes from every other. */
export const MESSAGE_BYTES_MAX = 16 * 1024;
export const FRAME_BYTES_MAX = 4 * 1024 * 1024;

/** The lanes of the wire: the mesh's own `link` messages go before those of its callers. */
export type WireLane = 'link' | Lane;

const LANE_CODES: Readonly<Record<WireLane, number>> = { link: 0, control: 1, protocol: 2, bulk: 3 };
const LANES: readonly WireLane[] = ['link', 'control', 'protocol', 'bulk'];
const LANE_MASK = 0b0011;
const FIRST = 0b0100;
const LAST = 0b1000;
const SEGMENT_HEAD_BYTES = 3;
const FRAME_LENGTH_BYTES = 4;

/** The lanes of each channel, most urgent first. */
export const CHANNEL_LANES: Readonly<Record<ChannelName, readonly WireLane[]>> = {
  main: ['link', 'control', 'protocol'],
  bulk: ['bulk'],
};

export const channelOf = (lane: WireLane): ChannelName => (lane === 'bulk' ? 'bulk' : 'main');

/** Fills one message after the other in a buffer that it keeps; what `take` returns is valid until the next `put`. */
export class MessageWriter {
  readonly #bytes = new Uint8Array(MESSAGE_BYTES_MAX);
  readonly #view = new DataView(this.#bytes.buffer);
  #length = 1;

  constructor() {
    this.#bytes[0] = FRAMING_VERSION;
  }

  get isEmpty(): boolean {
    return this.#length === 1;
  }

  /**
   * Adds as much of the frame, from `offset` on, as still fits, and returns the offset of what does not; the
   * frame is complete when that is its length. Returns `null` if nothing fits.
   */
  put(lane: WireLane, frame: Uint8Array, offset: number): number | null {
    const room = MESSAGE_BYTES_MAX - this.#length - SEGMENT_HEAD_BYTES;
    const left = frame.length - offset;
    const first = offset === 0;
    const whole = first && left <= room;
    const longHead = first && !whole;
    const payloadRoom = longHead ? room - FRAME_LENGTH_BYTES : room;
    if (payloadRoom < 0 || (payloadRoom === 0 && left > 0)) return null;
    const length = Math.min(left, payloadRoom);
    const last = length === left;
    this.#bytes[this.#length] = LANE_CODES[lane] | (first ? FIRST : 0) | (last ? LAST : 0);
    this.#view.setUint16(this.#length + 1, length);
    this.#length += SEGMENT_HEAD_BYTES;
    if (longHead) {
      this.#view.setUint32(this.#length, frame.length);
      this.#length += FRAME_LENGTH_BYTES;
    }
    this.#bytes.set(frame.subarray(offset, offset + length), this.#length);
    this.#length += length;
    return offset + length;
  }

  take(): Uint8Array<ArrayBuffer> {
    const message = this.#bytes.subarray(0, this.#length);
    this.#length = 1;
    return message;
  }
}

type Partial = { readonly bytes: Uint8Array<ArrayBuffer>; filled: number };

/** Between two frames, within one, or within one that was dropped and whose rest is to be passed over. */
type LaneReading =
  | { readonly kind: 'between' }
  | ({ readonly kind: 'within' } & Partial)
  | { readonly kind: 'skipping' };

const BETWEEN: LaneReading = { kind: 'between' };
const SKIPPING: LaneReading = { kind: 'skipping' };

type Segment = {
  readonly lane: WireLane;
  readonly first: boolean;
  readonly last: boolean;
  /** Of the whole frame, where the segment tells. */
  readonly frameLength: number | null;
  readonly payload: Uint8Array;
};

/**
 * Puts the frames of one channel together again. It holds at most one unfinished frame a lane, of
 * `frameBytesMax` bytes; a message that breaks the format costs the frames it belongs to and no others.
 */
export class FrameReader {
  readonly #channel: ChannelName;
  readonly #frameBytesMax: number;
  readonly #reading = new Map<WireLane, LaneReading>();

  constructor(channel: ChannelName, frameBytesMax = FRAME_BYTES_MAX) {
    this.#channel = channel;
    this.#frameBytesMax = frameBytesMax;
  }

  /**
   * Reads one message and hands over each frame that it completes, in a buffer of its own.
   * Returns the first violation, after which the rest of the message is dropped; `null` if there is none.
   */
  read(
    message: unknown,
    deliver: (lane: WireLane, frame: Uint8Array<ArrayBuffer>) => void,
  ): MeshViolation | null {
    const bad = checkMessage(message);
    if (bad instanceof MeshViolation) return this.#dropUnfinished(bad);
    const view = new DataView(bad.buffer, bad.byteOffset, bad.byteLength);
    let at = 1;
    while (at < bad.length) {
      const segment = readSegment(bad, view, at);
      if (segment instanceof MeshViolation) return this.#dropUnfinished(segment);
      at = segment.payload.byteOffset - bad.byteOffset + segment.payload.length;
      const violation = this.#take(segment, deliver);
      // What follows in this message may belong to frames of any lane, and is dropped with it.
      if (violation !== null) return this.#dropUnfinished(violation);
    }
    return null;
  }

  #take(
    segment: Segment,
    deliver: (lane: WireLane, frame: Uint8Array<ArrayBuffer>) => void,
  ): MeshViolation | null {
    const { lane, first, last, payload } = segment;
    if (!CHANNEL_LANES[this.#channel].includes(lane)) {
      return new MeshViolation(
        'unexpected-lane',
        `the lane ${lane} does not belong on the ${this.#channel} channel`,
      );
    }
    const reading = this.#reading.get(lane) ?? BETWEEN;
    if (!first) return this.#continue(segment, reading, deliver);
    if (reading.kind === 'within') {
      this.#reading.set(lane, last ? BETWEEN : SKIPPING);
      return new MeshViolation(
        'out-of-sequence',
        `a frame of lane ${lane} began before the last one was complete`,
      );
    }
    this.#reading.set(lane, BETWEEN);
    if (last) {
      // Not slice(): of the Buffer that simple-peer hands over it is a view, and whoever transfers it takes the whole message.
      deliver(lane, new Uint8Array(payload));
      return null;
    }
    const frameLength = segment.frameLength ?? 0;
    if (frameLength > this.#frameBytesMax) {
      this.#reading.set(lane, SKIPPING);
      return new MeshViolation(
        'oversized',
        `a frame of ${frameLength} bytes; send at most ${this.#frameBytesMax}`,
      );
    }
    if (payload.length >= frameLength) {
      this.#reading.set(lane, SKIPPING);
      return new MeshViolation('malformed', 'an unfinished frame holds as many bytes as it announced');
    }
    const bytes = new Uint8Array(frameLength);
    bytes.set(payload);
    this.#reading.set(lane, { kind: 'within', bytes, filled: payload.length });
    return null;
  }

  #continue(
    { lane, last, payload }: Segment,
    reading: LaneReading,
    deliver: (lane: WireLane, frame: Uint8Array<ArrayBuffer>) => void,
  ): MeshViolation | null {
    if (reading.kind === 'skipping') {
      if (last) this.#reading.set(lane, BETWEEN);
      return null;
    }
    this.#reading.set(lane, last ? BETWEEN : SKIPPING);
    if (reading.kind === 'between') {
      return new MeshViolation('out-of-sequence', `a frame of lane ${lane} goes on that never began`);
    }
    const filled = reading.filled + payload.length;
    if (last ? filled !== reading.bytes.length : filled >= reading.bytes.length) {
      return new MeshViolation('malformed', `a frame of lane ${lane} is not as long as it announced`);
    }
    reading.bytes.set(payload, reading.filled);
    if (last) {
      deliver(lane, reading.bytes);
    } else {
      reading.filled = filled;
      this.#reading.set(lane, reading);
    }
    return null;
  }

  #dropUnfinished(violation: MeshViolation): MeshViolation {
    for (const [lane, reading] of this.#reading) {
      if (reading.kind === 'within') this.#reading.set(lane, SKIPPING);
    }
    return violation;
  }
}

function checkMessage(message: unknown): Uint8Array | MeshViolation {
  if (!(message instanceof Uint8Array)) {
    return new MeshViolation('not-binary', 'a text message; send binary messages only');
  }
  if (message.length > MESSAGE_BYTES_MAX) {
    return new MeshViolation(
      'oversized',
      `a message of ${message.length} bytes; send at most ${MESSAGE_BYTES_MAX}`,
    );
  }
  if (message.length <= SEGMENT_HEAD_BYTES) {
    return new MeshViolation('malformed', `a message of ${message.length} bytes holds no segment`);
  }
  if (message[0] !== FRAMING_VERSION) {
    return new MeshViolation(
      'wrong-version',
      `framing version ${message[0]}; reload the page to get ${FRAMING_VERSION}`,
    );
  }
  return message;
}

function readSegment(bytes: Uint8Array, view: DataView, at: number): Segment | MeshViolation {
  if (at + SEGMENT_HEAD_BYTES > bytes.length)
    return new MeshViolation('malformed', 'a segment ends within its head');
  const head = view.getUint8(at);
  const lane = LANES[head & LANE_MASK];
  const first = (head & FIRST) !== 0;
  const last = (head & LAST) !== 0;
  if (lane === undefined || (head & ~(LANE_MASK | FIRST | LAST)) !== 0) {
    return new MeshViolation('malformed', `a segment with the unknown head ${head}`);
  }
  const length = view.getUint16(at + 1);
  let start = at + SEGMENT_HEAD_BYTES;
  let frameLength: number | null = null;
  if (first && !last) {
    if (start + FRAME_LENGTH_BYTES > bytes.length) {
      return new MeshViolation('malformed', 'a segment ends within its head');
    }
    frameLength = view.getUint32(start);
    start += FRAME_LENGTH_BYTES;
  }
  if (start + length > bytes.length)
    return new MeshViolation('malformed', 'a segment is shorter than it announced');
  return { lane, first, last, frameLength, payload: bytes.subarray(start, start + length) };
}
