import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { minimise } from './minimise.js';

describe('the smallest part that fails', () => {
  test('is exactly what the failure needs, in its order, whatever lies between', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(60), { maxLength: 8 }),
        fc.integer({ min: 61, max: 80 }),
        (needed, size) => {
          const items = Array.from({ length: size }, (_, i) => i);
          const fails = (part: readonly number[]): boolean => needed.every((item) => part.includes(item));
          expect(minimise(items, fails)).toEqual(needed.toSorted((a, b) => a - b));
        },
      ),
    );
  });

  test('has nothing that could be left out singly, even when leaving out more makes it fail again', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(9), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 2, max: 5 }),
        (items, by) => {
          const sum = (part: readonly number[]): number => part.reduce((total, item) => total + item, 0);
          const fails = (part: readonly number[]): boolean =>
            part.length > 0 && sum(part) % by === sum(items) % by;
          const left = minimise(items, fails);
          expect(fails(left)).toBe(true);
          left.forEach((_, at) => {
            expect(fails(left.toSpliced(at, 1))).toBe(false);
          });
        },
      ),
    );
  });

  test('is nothing when nothing is needed', () => {
    expect(minimise([1, 2, 3], () => true)).toEqual([]);
  });

  test('is all there was when the runs are used up', () => {
    expect(minimise([1, 2, 3], () => false)).toEqual([1, 2, 3]);
  });
});
