import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crashesTolerated, type NodeId, seedRandom } from '../core/index.js';
import { drawPartition, type LinkName, type PartitionShape, partitionShapes } from './partitions.js';

const names = (count: number): NodeId[] => Array.from({ length: count }, (_, i) => `n${i + 1}`);
const anySeed = fc.integer({ min: 0, max: 0xffffffff });

/** How many of the others each node still reaches in both directions, by node. */
function neighbours(nodes: readonly NodeId[], cuts: readonly LinkName[]): Map<NodeId, NodeId[]> {
  const isCut = (from: NodeId, to: NodeId): boolean => cuts.some(([a, b]) => a === from && b === to);
  return new Map(
    nodes.map((node) => [
      node,
      nodes.filter((other) => other !== node && !isCut(node, other) && !isCut(other, node)),
    ]),
  );
}

/** For any seed and number of nodes from `min` on: the partition of a shape, cut in both directions. */
function forAny(
  shape: PartitionShape,
  min: number,
  check: (counts: number[], nodes: number, reached: Map<NodeId, NodeId[]>) => void,
): void {
  fc.assert(
    fc.property(anySeed, fc.integer({ min, max: 9 }), (seed, count) => {
      const nodes = names(count);
      const reached = neighbours(nodes, drawPartition(seedRandom(seed), nodes, shape, false));
      const counts = [...reached.values()].map((others) => others.length).sort((a, b) => a - b);
      check(counts, count, reached);
    }),
  );
}

describe('a partition', () => {
  test('in two leaves two sides of any size, each of them whole', () => {
    const sizes = new Set<number>();
    forAny('split', 2, (counts, nodes) => {
      const smaller = (counts[0] ?? 0) + 1;
      const sideOf = (others: number): boolean => others + 1 === smaller || others + 1 === nodes - smaller;
      expect(counts.every(sideOf)).toBe(true);
      if (nodes === 9) sizes.add(smaller);
    });
    expect(sizes.size).toBeGreaterThan(2);
  });

  test('isolates one node, and the others have one another', () => {
    forAny('isolated-node', 2, (counts, nodes) => {
      expect(counts).toEqual([0, ...Array<number>(nodes - 1).fill(nodes - 2)]);
    });
  });

  test('takes as many as may fail from the others', () => {
    forAny('minority', 3, (counts, nodes) => {
      const minority = crashesTolerated(nodes);
      expect(counts.filter((count) => count === nodes - minority - 1).length).toBeGreaterThanOrEqual(
        nodes - minority,
      );
      expect(counts[0]).toBe(minority - 1);
    });
  });

  test('leaves one bridge between two sides that do not see each other', () => {
    forAny('bridge', 3, (counts, nodes, reached) => {
      const bridges = [...reached].filter(([, others]) => others.length === nodes - 1);
      expect(bridges).toHaveLength(1);
      expect(counts.slice(0, -1).every((count) => count < nodes - 1)).toBe(true);
    });
  });

  test('makes a ring, in which each sees two others', () => {
    forAny('ring', 3, (counts, nodes) => {
      expect(counts).toEqual(Array<number>(nodes).fill(2));
    });
  });

  test('cuts some links and leaves others, whatever sides there are', () => {
    let cut = 0;
    let left = 0;
    forAny('single-links', 3, (counts, nodes) => {
      const pairs = counts.reduce((sum, count) => sum + count, 0) / 2;
      left += pairs;
      cut += (nodes * (nodes - 1)) / 2 - pairs;
    });
    expect(cut).toBeGreaterThan(100);
    expect(left).toBeGreaterThan(100);
  });

  test.each(partitionShapes)('of the shape %s goes one way or both, and cuts no link twice', (shape) => {
    fc.assert(
      fc.property(anySeed, fc.integer({ min: 1, max: 9 }), fc.boolean(), (seed, count, isOneWay) => {
        const cuts = drawPartition(seedRandom(seed), names(count), shape, isOneWay);
        const keys = new Set(cuts.map(([from, to]) => `${from}>${to}`));
        expect(keys.size).toBe(cuts.length);
        for (const [from, to] of cuts) {
          expect(from).not.toBe(to);
          expect(keys.has(`${to}>${from}`)).toBe(!isOneWay);
        }
      }),
    );
  });
});
