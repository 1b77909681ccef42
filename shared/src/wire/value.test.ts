import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeValue,
  encodeCanonical,
  encodeValue,
  valueLimits,
  WireError,
  type WireErrorCode,
} from './index.js';

const data = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true }).map((number) => number + 0),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 20, noNullPrototype: true },
    ),
  ),
})).value;

function errorOf(bytes: Uint8Array): WireErrorCode | null {
  try {
    decodeValue(bytes);
    return null;
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
}

describe('a value', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(data, (value) => {
        expect(decodeValue(encodeValue(value))).toEqual(value);
      }),
    );
  });

  it('comes back whatever its length, where the encoding of lengths changes', () => {
    for (const length of [0, 15, 16, 31, 32, 255, 256, 65_535, 65_536]) {
      expect(decodeValue(encodeValue('x'.repeat(length)))).toHaveLength(length);
      expect(decodeValue(encodeValue(new Uint8Array(length)))).toHaveLength(length);
      expect(decodeValue(encodeValue(new Array(length).fill(1)))).toHaveLength(length);
    }
  });

  it('is encoded into bytes of its own, which a later one does not change', () => {
    const first = encodeValue('first');
    const before = first.slice();
    encodeValue('other');
    expect(first).toEqual(before);
    expect(first.buffer.byteLength).toBe(first.length);
  });

  it('loses fields that are undefined', () => {
    expect(decodeValue(encodeValue({ a: 1, b: undefined }))).toEqual({ a: 1 });
  });

  it('has one canonical encoding, whatever the order of keys', () => {
    expect(encodeCanonical({ b: [{ d: 1, c: 2 }], a: 0 })).toEqual(
      encodeCanonical({ a: 0, b: [{ c: 2, d: 1 }] }),
    );
    expect(encodeValue({ b: 1, a: 0 })).not.toEqual(encodeValue({ a: 0, b: 1 }));
  });
});

describe('hostile bytes', () => {
  it('give a WireError or a value, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void errorOf(bytes)),
      { numRuns: 3_000 },
    );
  });

  it('are refused when a byte is missing or one too many', () => {
    fc.assert(
      fc.property(data, fc.nat(), (value, at) => {
        const bytes = encodeValue(value);
        expect(errorOf(bytes.subarray(0, at % bytes.length))).toBe('malformed');
        expect(errorOf(new Uint8Array([...bytes, 0xc0]))).toBe('malformed');
      }),
    );
  });

  it('give a WireError or a value when a bit was flipped', () => {
    fc.assert(
      fc.property(data, fc.nat(), fc.nat({ max: 7 }), (value, at, bit) => {
        const bytes = encodeValue(value);
        const place = at % bytes.length;
        bytes[place] = (bytes[place] ?? 0) ^ (1 << bit);
        errorOf(bytes);
      }),
      { numRuns: 2_000 },
    );
  });

  it('that announce lists within lists within lists allocate nothing', () => {
    // Ten thousand times "65,535 items follow": a decoder that believes it asks for five gigabytes.
    const header = [0xdc, 0xff, 0xff];
    const bytes = new Uint8Array(Array.from({ length: 10_000 }, () => header).flat());
    expect(errorOf(bytes)).toBe('oversized');
    expect(errorOf(bytes.subarray(0, 150))).toBe('malformed');
  });

  it('may nest only so deep', () => {
    const nested = (depth: number): Uint8Array => new Uint8Array([...new Array(depth).fill(0x91), 0xc0]);
    expect(errorOf(nested(valueLimits.depthMax))).toBe(null);
    expect(errorOf(nested(valueLimits.depthMax + 1))).toBe('oversized');
  });

  it.each<[string, number[], WireErrorCode]>([
    ['nothing', [], 'malformed'],
    ['a reserved type', [0xc1], 'malformed'],
    ['an extension', [0xd6, 0xff, 0, 0, 0, 0], 'malformed'],
    ['an extension of no length', [0xc7, 0, 0xff], 'malformed'],
    ['a key that is a number', [0x81, 1, 1], 'malformed'],
    ['a key that is a list', [0x81, 0x90, 1], 'malformed'],
    [
      'a key that would change the prototype',
      [0x81, 0xa9, ...new TextEncoder().encode('__proto__'), 0x80],
      'malformed',
    ],
    ['a string too long', [0xdb, 0x7f, 0xff, 0xff, 0xff], 'oversized'],
    ['binary data too long', [0xc6, 0xff, 0xff, 0xff, 0xff], 'oversized'],
    ['a list too long', [0xdd, 0xff, 0xff, 0xff, 0xff], 'oversized'],
    ['a map too long', [0xdf, 0xff, 0xff, 0xff, 0xff], 'oversized'],
  ])('are refused: %s', (_, bytes, code) => {
    expect(errorOf(new Uint8Array(bytes))).toBe(code);
  });
});
