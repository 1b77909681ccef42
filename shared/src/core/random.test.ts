import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextChance, nextFloat, nextInt, nextUint32, pick, seedRandom } from './random.js';

const draw = (seed: number, label: string, count = 8): number[] => {
  const state = seedRandom(seed, label);
  return Array.from({ length: count }, () => nextUint32(state));
};

describe('the seeded random generator', () => {
  it('gives the same sequence for the same seed and label', () => {
    expect(draw(7, 'disk')).toEqual(draw(7, 'disk'));
  });

  it('gives other sequences for another seed, and for another label of the same seed', () => {
    expect(draw(7, 'disk')).not.toEqual(draw(8, 'disk'));
    expect(draw(7, 'disk')).not.toEqual(draw(7, 'network'));
  });

  it('goes on from a copy of its state as the original does', () => {
    const state = seedRandom(1);
    nextUint32(state);
    const copy = { ...state };
    expect(nextUint32(copy)).toBe(nextUint32(state));
  });

  it('stays within the bounds asked for', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: -50, max: 50 }), fc.nat(50), (seed, min, span) => {
        const state = seedRandom(seed);
        const float = nextFloat(state);
        const int = nextInt(state, min, min + span);
        expect(float >= 0 && float < 1).toBe(true);
        expect(Number.isInteger(int) && int >= min && int <= min + span).toBe(true);
      }),
    );
  });

  it('hits every value of a small range about equally often', () => {
    const state = seedRandom(42);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 40_000; i++) {
      const value = nextInt(state, 0, 3);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  it('never lets a chance of 0 happen, and always one of 1', () => {
    const state = seedRandom(3);
    for (let i = 0; i < 1_000; i++) {
      expect(nextChance(state, 0)).toBe(false);
      expect(nextChance(state, 1)).toBe(true);
    }
  });

  it('picks one of the items, and refuses to pick from none', () => {
    const state = seedRandom(3);
    expect(['a', 'b']).toContain(pick(state, ['a', 'b']));
    expect(() => pick(state, [])).toThrow(RangeError);
  });
});
