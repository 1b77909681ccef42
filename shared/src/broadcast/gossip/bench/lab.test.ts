import { describe, expect, it } from 'vitest';
import { parseOptions } from '../options.js';
import { Lab, type LabNode } from './lab.js';
import { measureCell, rowsOf } from './table.js';
import { conditions, runFanOut, runOverlay, shapeOf } from './trial.js';

/** A whole overlay of small tabs, with anti-entropy as in a room. */
function overlay(nodes: number, seed: number, options = {}): Lab {
  const lab = new Lab({
    nodes,
    seed,
    options: parseOptions(options),
    ...conditions,
    joinEveryMs: 20,
    isOpen: false,
  });
  lab.runFor(nodes * 20 + 20_000);
  return lab;
}

function neighboursOf({ state }: LabNode): readonly string[] {
  return state.kind === 'overlay' ? state.membership.active.map(({ node }) => node) : [];
}

describe('a stable overlay', () => {
  it.each([10, 100])(
    'of %i nodes is connected and symmetric, and everything reaches everybody over a tree',
    (nodes) => {
      const { shape, stable, stableFlooding } = runOverlay({ nodes, seed: 1, failing: 0.3 });
      expect(shape).toMatchObject({ connected: 1, spanned: 1, asymmetric: 0 });
      // A spanning tree has a link less than it has nodes: two random ones more are still no hundredth.
      expect(shape.treeLinks).toBeGreaterThanOrEqual(1);
      expect(shape.treeLinks).toBeLessThan(1.05);
      expect(stable.reliabilityMin).toBe(1);
      expect(stable.redundancy).toBeLessThan(0.1);
      expect(stableFlooding.reliabilityMin).toBe(1);
      expect(stableFlooding.redundancy).toBeGreaterThan(1);
    },
  );

  it('is the same for the same seed, and another for another', () => {
    const run = (seed: number): string => JSON.stringify(runOverlay({ nodes: 10, seed, failing: 0.5 }));
    expect(run(1)).toBe(run(1));
    expect(run(1)).not.toBe(run(2));
  });
});

describe('mass failure', () => {
  it.each([0.3, 0.5, 0.8])(
    'of %f of the nodes: the others repair views and tree, and reach each other again',
    (failing) => {
      const { healed, healedShape } = runOverlay({ nodes: 100, seed: 1, failing });
      expect(healedShape).toMatchObject({ connected: 1, spanned: 1, asymmetric: 0 });
      expect(healed.reliabilityMin).toBe(1);
      expect(healed.redundancy).toBeLessThan(0.1);
    },
  );

  it('what was said while half of the nodes failed reaches all others in the end, by anti-entropy', () => {
    const lab = overlay(60, 3);
    lab.fail(0.5);
    const spreads = Array.from({ length: 5 }, () => {
      const spread = lab.broadcast();
      lab.runFor(100);
      return spread;
    });
    expect(Math.min(...spreads.map(({ delivered }) => delivered))).toBeLessThan(30);
    lab.runFor(30_000);
    expect(spreads.map(({ delivered }) => delivered)).toEqual([30, 30, 30, 30, 30]);
  });
});

describe('an asymmetric link', () => {
  it('is noticed by the end that hears nothing, which the other then hears of', () => {
    const lab = overlay(20, 4);
    const [a] = lab.nodes;
    const b = a === undefined ? undefined : neighboursOf(a)[0];
    const other = lab.nodes.find(({ id }) => id === b);
    if (a === undefined || other === undefined) throw new Error('a node has a neighbour');
    lab.cuts.add(`${a.id} ${other.id}`);
    const isOver = (): boolean => !neighboursOf(a).includes(other.id) && !neighboursOf(other).includes(a.id);
    for (let ms = 0; ms < 6_000 && !isOver(); ms += 100) lab.runFor(100);
    expect(isOver()).toBe(true);
    expect(shapeOf(lab)).toMatchObject({ connected: 1 });
    const spread = lab.broadcast();
    lab.runFor(5_000);
    expect(spread.delivered).toBe(20);
  });
});

describe('two partitions', () => {
  it('find together again once the cut has healed, though every view is full, and get what they had missed', () => {
    const lab = overlay(24, 5);
    const side = ({ id }: LabNode): boolean => Number(id.slice(1)) % 2 === 0;
    for (const from of lab.nodes) {
      for (const to of lab.nodes) if (side(from) !== side(to)) lab.cuts.add(`${from.id} ${to.id}`);
    }
    lab.runFor(60_000);
    const isWithin = lab.nodes.every((node) =>
      neighboursOf(node).every((id) => Number(id.slice(1)) % 2 === (side(node) ? 0 : 1)),
    );
    expect(isWithin).toBe(true);
    const spreads = Array.from({ length: 8 }, () => {
      const spread = lab.broadcast();
      lab.runFor(1_000);
      return spread;
    });
    expect(spreads.every(({ delivered }) => delivered <= 12)).toBe(true);
    lab.cuts.clear();
    lab.runFor(60_000);
    expect(shapeOf(lab)).toMatchObject({ connected: 1, asymmetric: 0 });
    expect(spreads.map(({ delivered }) => delivered)).toEqual(spreads.map(() => 24));
  });
});

describe('the table', () => {
  it('has a line for each way and moment, with fan-out gossip beside', () => {
    const rows = rowsOf([measureCell(10, 0.3, [1], () => undefined)]);
    expect(rows.map(({ when, how }) => `${when}: ${how}`)).toEqual([
      'stable: plumtree',
      'stable: flooding',
      'stable: fan-out',
      '30 % fail, at once: plumtree',
      '30 % fail, at once: fan-out',
      '30 % fail, healed: plumtree',
      '30 % fail, healed: flooding',
      '30 % fail, healed: fan-out',
    ]);
  });

  it('fan-out gossip costs several payloads a node', () => {
    const { stable } = runFanOut({ nodes: 100, seed: 1, failing: 0.3 });
    expect(stable.reliability).toBeGreaterThan(0.95);
    expect(stable.redundancy).toBeGreaterThan(5);
  });
});
