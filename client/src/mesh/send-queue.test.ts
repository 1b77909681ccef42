import { describe, expect, it } from 'vitest';
import { FrameReader, MESSAGE_BYTES_MAX, MessageWriter } from './framing.js';
import { SendQueue } from './send-queue.js';

const limits = {
  link: { bytesMax: 100, framesMax: 4 },
  control: { bytesMax: 1_000, framesMax: 4 },
  protocol: { bytesMax: 100_000, framesMax: 5_000 },
  bulk: { bytesMax: 100, framesMax: 4 },
};

const queueOf = () => new SendQueue('main', new MessageWriter(), limits);

/** The lanes and first bytes of what comes out at the other end. */
function drain(queue: SendQueue): string[] {
  const reader = new FrameReader('main');
  const out: string[] = [];
  for (let message = queue.next(); message !== null; message = queue.next()) {
    expect(reader.read(message, (lane, frame) => out.push(`${lane} ${frame[0]}`))).toBe(null);
  }
  return out;
}

describe('the send queue of a channel', () => {
  it('empties link before control before protocol, each in order', () => {
    const queue = queueOf();
    queue.push('protocol', Uint8Array.of(1));
    queue.push('protocol', Uint8Array.of(2));
    queue.push('control', Uint8Array.of(3));
    queue.push('link', Uint8Array.of(4));
    expect(drain(queue)).toEqual(['link 4', 'control 3', 'protocol 1', 'protocol 2']);
    expect(queue.isEmpty).toBe(true);
  });

  it('lets control overtake a protocol frame that is half sent', () => {
    const queue = queueOf();
    const reader = new FrameReader('main');
    const out: string[] = [];
    const step = () => reader.read(queue.next(), (lane, frame) => out.push(`${lane} ${frame.length}`));
    queue.push('protocol', new Uint8Array(2 * MESSAGE_BYTES_MAX));
    step();
    queue.push('control', new Uint8Array(10));
    step();
    step();
    expect(out).toEqual(['control 10', `protocol ${2 * MESSAGE_BYTES_MAX}`]);
  });

  it('refuses what exceeds the frames or bytes of a lane, and leaves the other lanes alone', () => {
    const queue = queueOf();
    expect([1, 2, 3, 4, 5].map((byte) => queue.push('link', Uint8Array.of(byte)))).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
    expect(queue.push('control', new Uint8Array(1_000))).toBe(true);
    expect(queue.push('control', new Uint8Array(1))).toBe(false);
    expect(queue.push('protocol', new Uint8Array(1))).toBe(true);
    expect(queue.push('bulk', new Uint8Array(1))).toBe(false);
  });

  it('counts the bytes that still wait, and has room again once they are out', () => {
    const queue = queueOf();
    queue.push('protocol', new Uint8Array(100_000));
    expect(queue.bytes).toBe(100_000);
    const reader = new FrameReader('main');
    const arrived: number[] = [];
    const step = () => reader.read(queue.next(), (_lane, frame) => arrived.push(frame.length));
    step();
    expect(queue.bytes).toBeGreaterThan(100_000 - MESSAGE_BYTES_MAX);
    expect(queue.bytes).toBeLessThan(100_000);
    while (!queue.isEmpty) step();
    expect(arrived).toEqual([100_000]);
    expect(queue.bytes).toBe(0);
    expect(queue.push('protocol', new Uint8Array(100_000))).toBe(true);
  });

  it('keeps the order over thousands of frames that come and go', () => {
    const queue = queueOf();
    const expected: string[] = [];
    for (let index = 0; index < 4_000; index += 1) {
      queue.push('protocol', Uint8Array.of(index % 251));
      expected.push(`protocol ${index % 251}`);
    }
    expect(drain(queue)).toEqual(expected);
  });
});
