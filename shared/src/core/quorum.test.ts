import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byzantineQuorum, crashesTolerated, liarsTolerated, majority, reachedBy } from './quorum.js';

describe('quorum arithmetic', () => {
  it('takes the smallest groups of which any two share a node', () => {
    for (let n = 1; n <= 20; n++) {
      expect(2 * majority(n)).toBeGreaterThan(n);
      expect(2 * (majority(n) - 1)).toBeLessThanOrEqual(n);
    }
  });

  it('leaves a majority after as many crashes as are tolerated, and none after one more', () => {
    for (let n = 1; n <= 20; n++) {
      expect(n - crashesTolerated(n)).toBeGreaterThanOrEqual(majority(n));
      expect(n - crashesTolerated(n) - 1).toBeLessThan(majority(n));
    }
  });

  it('tolerates f liars of 3f + 1, and no more of up to two more', () => {
    expect([1, 3, 4, 6, 7, 10].map(liarsTolerated)).toEqual([0, 0, 1, 1, 2, 3]);
    for (let f = 0; f <= 6; f++) expect(byzantineQuorum(3 * f + 1)).toBe(2 * f + 1);
  });

  it('takes the smallest groups of which any two share an honest node, and which the honest alone can make', () => {
    for (let n = 1; n <= 20; n++) {
      const liars = liarsTolerated(n);
      const shared = (group: number): number => 2 * group - n;
      expect(shared(byzantineQuorum(n))).toBeGreaterThan(liars);
      expect(shared(byzantineQuorum(n) - 1)).toBeLessThanOrEqual(liars);
      expect(n - liars).toBeGreaterThanOrEqual(byzantineQuorum(n));
    }
  });

  it('finds the largest value that so many reach', () => {
    expect(reachedBy([5, 1, 3], 1)).toBe(5);
    expect(reachedBy([5, 1, 3], 2)).toBe(3);
    expect(reachedBy([5, 1, 3], 3)).toBe(1);
    expect(reachedBy([5, 1, 3], 4)).toBe(0);
    expect(reachedBy([5], 0)).toBe(0);
  });

  it('agrees with counting, for any values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(9), { minLength: 1, maxLength: 9 }),
        fc.integer({ min: 1, max: 9 }),
        (values, count) => {
          const reached = reachedBy(values, count);
          const atLeast = (bar: number): number => values.filter((value) => value >= bar).length;
          expect(atLeast(reached)).toBeGreaterThanOrEqual(Math.min(count, values.length));
          expect(atLeast(reached + 1)).toBeLessThan(count);
          if (count > values.length) expect(reached).toBe(0);
        },
      ),
    );
  });
});
