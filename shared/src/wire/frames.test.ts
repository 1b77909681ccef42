import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counterMax } from '../core/index.js';
import { decodeFrame, encodeFrame, encodeValue, type Frame, frameBytesMax, WireError } from './index.js';

const name = fc.string({ minLength: 1, maxLength: 64 });
const whole = fc.nat({ max: counterMax });
const body = fc.oneof(
  fc.constant(null),
  fc.record(
    { type: fc.string(), term: whole, entries: fc.array(fc.uint8Array({ maxLength: 100 })) },
    { noNullPrototype: true },
  ),
);
const frames: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({
    kind: fc.constant('message' as const),
    run: name,
    from: name,
    to: name,
    message: whole,
    life: whole,
    clock: whole,
    body,
  }),
  fc.record({
    kind: fc.constant('snapshotChunk' as const),
    run: name,
    to: name,
    transfer: whole,
    offset: whole,
    total: whole,
    data: fc.uint8Array({ maxLength: 2_000 }),
    announcement: body,
  }),
  fc.record({
    kind: fc.constant('snapshotAck' as const),
    run: name,
    to: name,
    transfer: whole,
    received: whole,
    ok: fc.boolean(),
  }),
);

const message: Frame = {
  kind: 'message',
  run: 'r',
  from: 'server',
  to: 'server',
  message: 1,
  life: 1,
  clock: 1,
  body: null,
};

function errorOf(bytes: Uint8Array): WireError | null {
  try {
    decodeFrame(bytes);
    return null;
  } catch (error) {
    if (error instanceof WireError) return error;
    throw error;
  }
}

describe('a frame', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(frames, (frame) => {
        expect(decodeFrame(encodeFrame(frame))).toEqual(frame);
      }),
    );
  });

  it('costs few bytes beside its body', () => {
    const run = 'abcdefghijkl';
    expect(encodeFrame({ ...message, run, message: 100_000, clock: 100_000 }).length).toBeLessThanOrEqual(45);
  });
});

describe('bytes that are no frame', () => {
  it('give a WireError, or a frame, when cut off or with a bit flipped', () => {
    fc.assert(
      fc.property(frames, fc.nat(), fc.nat({ max: 7 }), (frame, at, bit) => {
        const bytes = encodeFrame(frame);
        const place = at % bytes.length;
        expect(errorOf(bytes.subarray(0, place))).toBeInstanceOf(WireError);
        bytes[place] = (bytes[place] ?? 0) ^ (1 << bit);
        errorOf(bytes);
      }),
      { numRuns: 2_000 },
    );
  });

  it('of another version are told from malformed ones, with what to do', () => {
    const bytes = encodeFrame(message);
    bytes[0] = 2;
    expect(errorOf(bytes)).toMatchObject({
      code: 'wrong-version',
      message: expect.stringContaining('reload the tab'),
    });
  });

  it('are refused before they are read when too large', () => {
    expect(errorOf(new Uint8Array(frameBytesMax + 1))).toMatchObject({ code: 'oversized' });
  });

  it.each<[string, unknown]>([
    ['no list', { kind: 0 }],
    ['an unknown kind', [9]],
    ['an empty run', [0, '', 'a', 'b', 1, 1, 1, null]],
    ['an endless name', [0, 'x'.repeat(65), 'a', 'b', 1, 1, 1, null]],
    ['a missing field', [0, 'r', 'a', 'b', 1, 1]],
    ['a negative number', [0, 'r', 'a', 'b', -1, 1, 1, null]],
    ['a fraction', [0, 'r', 'a', 'b', 0.5, 1, 1, null]],
    ['a number that is not exact', [0, 'r', 'a', 'b', 2 ** 60, 1, 1, null]],
    ['a message beyond the end of counters', [0, 'r', 'a', 'b', counterMax + 1, 1, 1, null]],
    ['a life beyond it', [0, 'r', 'a', 'b', 1, counterMax + 1, 1, null]],
    ['a clock beyond it', [0, 'r', 'a', 'b', 1, 1, Number.MAX_SAFE_INTEGER, null]],
    ['a transfer beyond it', [1, 'r', 'a', counterMax + 1, 0, 1, new Uint8Array(1), null]],
    ['an offset beyond it', [1, 'r', 'a', 1, counterMax + 1, 1, new Uint8Array(1), null]],
    ['a total beyond it', [1, 'r', 'a', 1, 0, counterMax + 1, new Uint8Array(1), null]],
    ['what was received beyond it', [2, 'r', 'a', 1, counterMax + 1, true]],
    ['data that is text', [1, 'r', 'a', 1, 0, 1, 'data', null]],
    ['an ok that is a number', [2, 'r', 'a', 1, 0, 1]],
  ])('are malformed: %s', (_, fields) => {
    const bytes = new Uint8Array([1, ...encodeValue(fields)]);
    expect(errorOf(bytes)).toMatchObject({ code: 'malformed' });
  });
});
