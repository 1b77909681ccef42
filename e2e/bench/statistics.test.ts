import { describe, expect, test } from 'vitest';
import { endOfLongestGap, median, quantile, summarise } from './statistics.js';

describe('quantile', () => {
  test('lies between the two nearest samples, whatever their order', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([30, 10, 20], 0.25)).toBe(15);
  });

  test('of 0 and 1 is the least and the greatest sample', () => {
    expect(quantile([7, 3, 5], 0)).toBe(3);
    expect(quantile([7, 3, 5], 1)).toBe(7);
  });

  test('sorts by size, not by text, and leaves the samples as they are', () => {
    const samples = [10, 9, 100];
    expect(median(samples)).toBe(10);
    expect(samples).toEqual([10, 9, 100]);
  });

  test('of nothing, or of no fraction, is an error that says so', () => {
    expect(() => quantile([], 0.5)).toThrow('no samples');
    expect(() => quantile([1], 95)).toThrow('from 0 to 1');
    expect(() => quantile([1], Number.NaN)).toThrow('from 0 to 1');
  });
});

test('a summary holds the percentiles of a hundred and one samples at their very ranks', () => {
  const samples = Array.from({ length: 101 }, (_, i) => i);
  expect(summarise(samples)).toEqual({ count: 101, p50: 50, p95: 95, p99: 99, min: 0, max: 100 });
});

describe('endOfLongestGap', () => {
  test('passes over what was still acknowledged just after the kill', () => {
    expect(endOfLongestGap(100, [90, 104, 110, 395, 401, 420])).toBe(395);
  });

  test('counts the time from the beginning to the first event', () => {
    expect(endOfLongestGap(100, [400, 410, 500])).toBe(400);
  });

  test('is null where nothing came afterwards', () => {
    expect(endOfLongestGap(100, [20, 100])).toBeNull();
  });
});
