import fc from 'fast-check';
import { expect, test } from 'vitest';
import { add, advance, count, createReceived, includes, missing } from './received.js';

const last = 30;
const move = fc.oneof(
  fc.record({ type: fc.constant('add' as const), sequence: fc.integer({ min: 1, max: last }) }),
  fc.record({ type: fc.constant('advance' as const), sequence: fc.integer({ min: 0, max: last }) }),
);

test('a watermark with what is ahead of it says the same as a set of all numbers, and is as short as can be', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 40 }), (moves) => {
      const received = createReceived();
      const model = new Set<number>();
      for (const { type, sequence } of moves) {
        if (type === 'add') {
          expect(add(received, sequence)).toBe(!model.has(sequence));
          model.add(sequence);
        } else {
          advance(received, sequence);
          for (let each = 1; each <= sequence; each++) model.add(each);
        }
      }
      const all = Array.from({ length: last }, (_, i) => i + 1);
      expect(all.filter((sequence) => includes(received, sequence))).toEqual(
        all.filter((sequence) => model.has(sequence)),
      );
      expect(missing(received, last, last)).toEqual(all.filter((sequence) => !model.has(sequence)));
      expect(count(received)).toBe(model.size);
      expect(received.ahead).toEqual([...received.ahead].sort((a, b) => a - b));
      expect(received.ahead).not.toContain(received.upTo + 1);
    }),
  );
});
