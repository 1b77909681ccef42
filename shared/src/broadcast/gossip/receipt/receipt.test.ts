import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { incarnationsMax, originsMax, rangesMax } from '../limits.js';
import { parseOptions } from '../options.js';
import { createState } from '../state.js';
import { broadcastOf, delivered, gossipOf, sequences, TestNode } from '../testing/node.js';
import { add, addUpTo, areRanges, contains, lacksAny, type Ranges } from './ranges.js';
import { hasReceived, markReceived } from './streams.js';

const numbers = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 40 });

function rangesOf(values: readonly number[]): Ranges {
  const ranges: Ranges = [];
  for (const value of values) add(ranges, value);
  return ranges;
}

describe('ranges', () => {
  it('hold what was added and nothing else, whatever the order', () => {
    fc.assert(
      fc.property(numbers, numbers, fc.integer({ min: 0, max: 30 }), (values, others, upTo) => {
        const ranges = rangesOf(values);
        const held = new Set(values);
        for (let value = 0; value <= 31; value++) expect(contains(ranges, value)).toBe(held.has(value));
        expect(areRanges(ranges)).toBe(true);
        expect(lacksAny(ranges, rangesOf(others))).toBe(others.some((value) => !held.has(value)));
        addUpTo(ranges, upTo);
        for (let value = 1; value <= 31; value++)
          expect(contains(ranges, value)).toBe(held.has(value) || value <= upTo);
        expect(areRanges(ranges)).toBe(true);
      }),
    );
  });

  it.each([
    [[[0, 1]]],
    [[[2, 1]]],
    [
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [
      [
        [5, 6],
        [1, 2],
      ],
    ],
  ] as const)('%j are none', (given) => {
    expect(areRanges(given)).toBe(false);
  });
});

describe('what was received', () => {
  it('of an origin’s oldest life is forgotten when there are too many, and nothing of it is taken any more', () => {
    const node = TestNode.withNeighbours(['b']);
    for (let life = 1; life <= incarnationsMax + 1; life++)
      node.deliver('b', gossipOf(broadcastOf('x', 1, life)));
    expect(delivered(node.deliver('b', gossipOf(broadcastOf('x', 2, 1))))).toEqual([]);
    expect(delivered(node.deliver('b', gossipOf(broadcastOf('x', 2, 2))))).toHaveLength(1);
    expect(Object.keys(node.state.receipt.streams)).toHaveLength(incarnationsMax);
  });

  it('has no room for more origins than the bound', () => {
    const options = parseOptions({});
    const { receipt } = createState({ self: 'a', run: 'run', voters: [], options, seed: 1 });
    const refused = Array.from({ length: originsMax }, (_, i) => `o${i}`).filter(
      (origin) => markReceived(receipt, { origin, incarnation: 1, sequence: 1 }) === null,
    );
    expect(refused).toEqual([]);
    expect(markReceived(receipt, { origin: 'one-more', incarnation: 1, sequence: 1 })).toBeNull();
    expect(hasReceived(receipt, { origin: 'o5', incarnation: 1, sequence: 1 })).toBe(true);
  });

  it('of one stream gives up its oldest gap where there are too many, and says so', () => {
    const node = TestNode.withNeighbours(['b']);
    for (let i = 1; i <= rangesMax; i++) node.deliver('b', gossipOf(broadcastOf('x', 2 * i)));
    const effects = node.deliver('b', gossipOf(broadcastOf('x', 2 * rangesMax + 2)));
    expect(effects).toContainEqual({
      type: 'note',
      code: 'gap-given-up',
      data: { origin: 'x', incarnation: 1, from: 1, to: 1 },
    });
    expect(delivered(node.deliver('b', gossipOf(broadcastOf('x', 1))))).toEqual([]);
    // Before the first range there was a gap, too: to give that up joins no two ranges.
    expect(delivered(node.deliver('b', gossipOf(broadcastOf('x', 3))))).toEqual([]);
    expect(delivered(node.deliver('b', gossipOf(broadcastOf('x', 5))))).toHaveLength(1);
  });

  it('of different lives is told apart', () => {
    const node = TestNode.withNeighbours(['b']);
    expect(delivered(node.deliver('b', gossipOf(broadcastOf('x', 1, 2))))).toHaveLength(1);
    expect(delivered(node.deliver('b', gossipOf(broadcastOf('x', 1, 1))))).toHaveLength(1);
    expect(delivered(node.deliver('b', gossipOf(broadcastOf('x', 1, 2))))).toEqual([]);
  });
});

describe('with fifo', () => {
  const deliver = (node: TestNode, sequence: number): readonly number[] =>
    sequences(node.deliver('b', gossipOf(broadcastOf('x', sequence))));

  it('a message waits for those before it, and is passed on all the same', () => {
    const node = TestNode.withNeighbours(['b'], { fifo: true });
    expect(deliver(node, 3)).toEqual([]);
    expect(deliver(node, 1)).toEqual([1]);
    expect(deliver(node, 2)).toEqual([2, 3]);
    expect(node.state.receipt.heldCount).toBe(0);
  });

  it('what does not come is given up after a while, for good', () => {
    const node = TestNode.withNeighbours(['b'], { fifo: true, fifoGapMs: 1_000 });
    deliver(node, 3);
    node.now += 500;
    deliver(node, 6);
    node.now += 500;
    expect(sequences(node.timeout('gaps'))).toEqual([3]);
    expect(deliver(node, 2)).toEqual([]);
    node.now += 500;
    expect(sequences(node.timeout('gaps'))).toEqual([6]);
    expect(deliver(node, 7)).toEqual([7]);
  });

  it('delivers in order whatever the order in which they come', () => {
    const order = fc.shuffledSubarray(
      Array.from({ length: 12 }, (_, i) => i + 1),
      { minLength: 12 },
    );
    fc.assert(
      fc.property(order, (sequencesGiven) => {
        const node = TestNode.withNeighbours(['b'], { fifo: true });
        const all = sequencesGiven.flatMap((sequence) => deliver(node, sequence));
        expect(all).toEqual(sequencesGiven.toSorted((a, b) => a - b));
      }),
    );
  });
});
