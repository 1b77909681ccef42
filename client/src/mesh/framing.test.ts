import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FRAME_BYTES_MAX,
  FRAMING_VERSION,
  FrameReader,
  MESSAGE_BYTES_MAX,
  MessageWriter,
  type WireLane,
} from './framing.js';
import type { MeshViolation } from './types.js';

type Received = { readonly lane: WireLane; readonly frame: Uint8Array };

/** Cuts the frames into messages in the order given. */
function write(frames: readonly Received[]): Uint8Array[] {
  const writer = new MessageWriter();
  const messages: Uint8Array[] = [];
  for (const { lane, frame } of frames) {
    let offset: number | null = null;
    while (offset !== frame.length) {
      const next = writer.put(lane, frame, offset ?? 0);
      if (next === null) messages.push(writer.take().slice());
      offset = next ?? offset;
    }
  }
  if (!writer.isEmpty) messages.push(writer.take().slice());
  return messages;
}

function read(messages: readonly unknown[], reader = new FrameReader('main')) {
  const received: Received[] = [];
  const violations: MeshViolation[] = [];
  for (const message of messages) {
    const violation = reader.read(message, (lane, frame) => received.push({ lane, frame }));
    if (violation !== null) violations.push(violation);
  }
  return { received, codes: violations.map(({ code }) => code) };
}

const frameOf = (length: number, fill = 7): Uint8Array => new Uint8Array(length).fill(fill);
const protocolFrame = (length: number, fill?: number): Received => ({
  lane: 'protocol',
  frame: frameOf(length, fill),
});

/** Comparing large frames byte by byte is slow with `toEqual`. */
const fingerprint = ({ lane, frame }: Received): string =>
  `${lane} ${frame.length} ${createHash('sha256').update(frame).digest('hex')}`;

const FIRST = 0b0100;
const LAST = 0b1000;
const PROTOCOL = 2;

describe('framing', () => {
  it('hands over frames that may be transferred one by one, from a Buffer too, whose slice is a view', () => {
    const [message = new Uint8Array(0)] = write([protocolFrame(40, 1), protocolFrame(50, 2)]);
    const received: string[] = [];
    const violation = new FrameReader('main').read(Buffer.from(message.slice().buffer), (_lane, frame) => {
      received.push(`${frame.length} of ${frame[0]}`);
      structuredClone(frame, { transfer: [frame.buffer] });
    });
    expect(violation).toBeNull();
    expect(received).toEqual(['40 of 1', '50 of 2']);
  });

  it('brings frames of any sizes and lanes back whole and in order', () => {
    const lane = fc.constantFrom<WireLane>('link', 'control', 'protocol');
    const size = fc.oneof(fc.nat(40), fc.integer({ min: 16_300, max: 16_400 }), fc.nat(60_000));
    fc.assert(
      fc.property(fc.array(fc.tuple(lane, size, fc.nat(255)), { maxLength: 12 }), (shapes) => {
        const frames = shapes.map(([lane, length, fill]) => ({ lane, frame: frameOf(length, fill) }));
        const messages = write(frames);
        expect(messages.every(({ length }) => length <= MESSAGE_BYTES_MAX)).toBe(true);
        const { received, codes } = read(messages);
        expect(codes).toEqual([]);
        expect(received.map(fingerprint)).toEqual(frames.map(fingerprint));
      }),
      { numRuns: 60 },
    );
  });

  it('puts small frames into one message', () => {
    const frames = Array.from({ length: 100 }, (_, fill) => protocolFrame(60, fill));
    expect(write(frames).length).toBe(1);
  });

  it('takes a frame of the largest size and refuses a larger one as oversized', () => {
    expect(read(write([protocolFrame(FRAME_BYTES_MAX)])).received[0]?.frame.length).toBe(FRAME_BYTES_MAX);
    const tooLarge = read(write([protocolFrame(FRAME_BYTES_MAX + 1), protocolFrame(5)]));
    expect(tooLarge.codes).toEqual(['oversized']);
    expect(tooLarge.received).toEqual([protocolFrame(5)]);
  });

  it('lets a frame of one lane pass between the segments of another', () => {
    const [head = new Uint8Array(), tail = new Uint8Array()] = write([protocolFrame(20_000)]);
    const [urgent = new Uint8Array()] = write([{ lane: 'control', frame: frameOf(3) }]);
    const { received } = read([head, urgent, tail]);
    expect(received.map(({ lane, frame }) => [lane, frame.length])).toEqual([
      ['control', 3],
      ['protocol', 20_000],
    ]);
  });

  it('hands over frames in buffers of their own', () => {
    const { received } = read(write([protocolFrame(4), protocolFrame(4)]));
    const buffers = received.map(({ frame }) => frame.buffer.byteLength);
    expect(buffers).toEqual([4, 4]);
  });

  it.each([
    ['text', 'hello', 'not-binary'],
    ['an empty message', new Uint8Array(), 'malformed'],
    ['a message without a segment', Uint8Array.of(FRAMING_VERSION), 'malformed'],
    [
      'another version',
      Uint8Array.of(FRAMING_VERSION + 1, PROTOCOL | FIRST | LAST, 0, 1, 7),
      'wrong-version',
    ],
    ['unknown flags', Uint8Array.of(FRAMING_VERSION, 0x80 | PROTOCOL | FIRST | LAST, 0, 1, 7), 'malformed'],
    ['a segment that is cut', Uint8Array.of(FRAMING_VERSION, PROTOCOL | FIRST | LAST, 0, 9, 7), 'malformed'],
    ['a head that is cut', Uint8Array.of(FRAMING_VERSION, PROTOCOL | FIRST, 0, 1, 7), 'malformed'],
    [
      'a frame that is longer than announced',
      Uint8Array.of(1, PROTOCOL | FIRST, 0, 1, 0, 0, 0, 1, 7),
      'malformed',
    ],
    ['a frame that never began', Uint8Array.of(FRAMING_VERSION, PROTOCOL | LAST, 0, 1, 7), 'out-of-sequence'],
    [
      'a lane of the other channel',
      Uint8Array.of(FRAMING_VERSION, 3 | FIRST | LAST, 0, 1, 7),
      'unexpected-lane',
    ],
    ['a message that is too long', new Uint8Array(MESSAGE_BYTES_MAX + 1).fill(1), 'oversized'],
  ])('answers %s with a typed violation, and reads on', (_what, message, code) => {
    const { received, codes } = read([message, ...write([protocolFrame(5)])]);
    expect(codes).toEqual([code]);
    expect(received).toEqual([protocolFrame(5)]);
  });

  it('passes over the rest of a frame that was dropped, as one violation', () => {
    const messages = write([protocolFrame(100_000), protocolFrame(3)]);
    const { received, codes } = read(messages.toSpliced(2, 0, Uint8Array.of(9, 9, 9, 9, 9)));
    expect(codes).toEqual(['wrong-version']);
    expect(received).toEqual([protocolFrame(3)]);
  });

  it('never throws on hostile bytes, delivers nothing above the limit, and recovers at the next frame', () => {
    const bytesMax = 1_000;
    const hostile = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 60 }),
        fc.uint8Array({ maxLength: 60 }).map((bytes) => Uint8Array.of(FRAMING_VERSION, ...bytes)),
        fc
          .tuple(fc.nat(15), fc.nat(20), fc.nat(2_000))
          .map(([head, length, total]) =>
            Uint8Array.of(1, head, 0, length, 0, 0, total >> 8, total & 0xff, ...frameOf(length)),
          ),
        fc.string(),
      ),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(hostile, (messages) => {
        const reader = new FrameReader('main', bytesMax);
        const { received } = read(messages, reader);
        expect(received.every(({ frame }) => frame.length <= MESSAGE_BYTES_MAX)).toBe(true);
        read(write([protocolFrame(1)]), reader);
        expect(read(write([protocolFrame(5)]), reader)).toEqual({ received: [protocolFrame(5)], codes: [] });
      }),
      { numRuns: 300 },
    );
  });
});
