import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDetectorOptions } from './options.js';
import { addInterval, deviationsAt, firstIntervals, logTail, phi, rhythmOf } from './phi.js';

const options = parseDetectorOptions({ heartbeatMs: 500, windowSize: 10, intervalMaxMs: 2_000 });
const rhythm = fc.record({
  meanMs: fc.double({ min: 1, max: 10_000, noNaN: true }),
  deviationMs: fc.double({ min: 1, max: 5_000, noNaN: true }),
});
const silence = fc.double({ min: 0, max: 100_000, noNaN: true });

describe('φ', () => {
  it.each([
    [0, 0.30103],
    [1.2815516, 1],
    [2.3263479, 2],
    [5.6120012, 8],
    [-2, 0.00999],
  ])('at %d deviations above the mean is %d, as tables of the normal distribution say', (z, expected) => {
    expect(phi(1_000 + 100 * z, { meanMs: 1_000, deviationMs: 100 })).toBeCloseTo(expected, 4);
  });

  it('never falls while a silence grows', () => {
    fc.assert(
      fc.property(rhythm, silence, silence, (of, one, other) => {
        const [shorter, longer] = [Math.min(one, other), Math.max(one, other)];
        expect(phi(longer, of)).toBeGreaterThanOrEqual(phi(shorter, of) - 1e-9);
      }),
    );
  });

  it('grows the later the more regular a node is', () => {
    const steady = phi(900, { meanMs: 500, deviationMs: 50 });
    const jittery = phi(900, { meanMs: 500, deviationMs: 200 });
    expect(steady).toBeGreaterThan(jittery);
  });

  it('is turned around by the deviations at which it is reached', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 300 }), (tenths) => {
        expect(-logTail(deviationsAt(tenths)) / Math.LN10).toBeCloseTo(tenths / 10, 3);
      }),
    );
  });
});

describe('the window of heartbeat intervals', () => {
  it('keeps the newest, so many, none longer than the longest that counts', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 50 }), (given) => {
        const intervals = firstIntervals(options);
        for (const interval of given) addInterval(intervals, interval, options);
        const expected = [250, 750, ...given.map((interval) => Math.min(2_000, interval))].slice(-10);
        expect(intervals).toEqual(expected);
      }),
    );
  });

  it('has a deviation of at least the least one', () => {
    expect(rhythmOf([500, 500, 500], options)).toEqual({ meanMs: 500, deviationMs: 100 });
    expect(rhythmOf([0, 1_000], options)).toEqual({ meanMs: 500, deviationMs: 500 });
  });
});
