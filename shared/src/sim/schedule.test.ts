import { describe, expect, test } from 'vitest';
import { actionText, type FaultAction } from './actions.js';
import { drawBudget, expectationOf } from './budget.js';
import { goesBeyond } from './clocks.js';
import { actionKinds, type FaultKind, faultKinds } from './fault-kinds.js';
import { drawSchedule, faultyMsMax } from './schedule.js';
import { drawPlan } from './swarm.js';
import { nodeIds } from './world.js';

const nodes = nodeIds(5);
const seeds = Array.from({ length: 400 }, (_, i) => i + 1);
const all: ReadonlySet<FaultKind> = new Set(faultKinds);

function drawn(seed: number, allowed: ReadonlySet<FaultKind> = all): FaultAction[] {
  return drawSchedule(seed, nodes, drawBudget(seed, nodes), allowed);
}

describe('a schedule of faults', () => {
  test('is the same for the same seed, in the order of time, each action with a name of its own', () => {
    for (const seed of seeds.slice(0, 50)) {
      const actions = drawn(seed);
      expect(drawn(seed)).toEqual(actions);
      expect(actions.map(({ atMs }) => atMs)).toEqual(
        actions.map(({ atMs }) => atMs).toSorted((a, b) => a - b),
      );
      expect(new Set(actions.map(({ id }) => id)).size).toBe(actions.length);
      for (const { atMs } of actions) expect(atMs).toBeLessThan(faultyMsMax);
    }
  });

  test('has every kind of fault in some seeds, and lacks it in others', () => {
    for (const kind of [...actionKinds, 'lost-disks', 'left-down'] as const) {
      const having = seeds.filter((seed) => drawn(seed).some(({ id }) => id.startsWith(`${kind}-`))).length;
      expect(having, kind).toBeGreaterThan(seeds.length / 20);
      expect(having, kind).toBeLessThan((seeds.length * 3) / 4);
    }
  });

  test('keeps every action as it was when other kinds are not allowed', () => {
    for (const seed of seeds.slice(0, 100)) {
      const actions = drawn(seed);
      for (const kind of [...actionKinds, 'lost-disks', 'left-down'] as const) {
        const alone = drawn(seed, new Set([kind, 'torn'] as const));
        expect(alone).toEqual(actions.filter(({ id }) => id.replace(/-\d+$/, '') === kind));
      }
    }
  });

  test('lets no unsynced write survive where torn writes are not allowed, and changes nothing else', () => {
    const withoutTorn = new Set(faultKinds.filter((kind) => kind !== 'torn'));
    let torn = 0;
    for (const seed of seeds.slice(0, 50)) {
      const untorn = drawn(seed).map((action) => {
        const { deed } = action;
        if (!('survivingWrites' in deed)) return action;
        torn += deed.survivingWrites;
        return { ...action, deed: { ...deed, survivingWrites: 0 } };
      });
      expect(drawn(seed, withoutTorn)).toEqual(untorn);
    }
    expect(torn).toBeGreaterThan(0);
  });

  test('says each action in words that name it and whom it hits', () => {
    for (const action of seeds.slice(0, 50).flatMap((seed) => drawn(seed))) {
      const text = actionText(action);
      expect(text.startsWith(`${action.id}: `)).toBe(true);
      if ('node' in action.deed) expect(text).toContain(action.deed.node);
    }
  });
});

describe('the fault budget', () => {
  test('stays within what the cluster can do without, but for few seeds that go beyond on purpose', () => {
    const counts = seeds.map((seed) => drawBudget(seed, nodes).gone.length);
    const beyond = counts.filter((count) => count > 2).length;
    expect(beyond).toBeGreaterThan(0);
    expect(beyond).toBeLessThan(seeds.length / 10);
    expect(new Set(counts)).toEqual(new Set([0, 1, 2, 3, 4, 5]));
  });

  test('takes no node away twice, and both disks and nodes', () => {
    const ways = new Set<string>();
    for (const seed of seeds) {
      const { gone } = drawBudget(seed, nodes);
      expect(new Set(gone.map(({ node }) => node)).size).toBe(gone.length);
      for (const { how } of gone) ways.add(how);
    }
    expect(ways).toEqual(new Set(['lost-disks', 'left-down']));
  });

  test('expects progress of a cluster that has lost as many as it tolerates, and safety alone beyond', () => {
    for (const [count, tolerated] of [
      [1, 0],
      [3, 1],
      [4, 1],
      [7, 3],
    ] as const) {
      const budget = drawBudget(1, nodeIds(count));
      expect(expectationOf(budget, tolerated)).toBe('progress');
      expect(expectationOf(budget, tolerated + 1)).toBe('too-few-nodes');
    }
  });
});

describe("a seed's background", () => {
  test('keeps what is drawn for one kind of fault when others are not allowed', () => {
    for (const seed of seeds) {
      const { network, diskLatencyMaxMs } = drawPlan(seed, all);
      expect(drawPlan(seed, new Set(['loss'])).network.lossChance).toBe(network.lossChance);
      expect(drawPlan(seed, new Set(['duplication'])).network.duplicateChance).toBe(network.duplicateChance);
      expect(drawPlan(seed, new Set(['delay'])).network.delayMaxMs).toBe(network.delayMaxMs);
      expect(drawPlan(seed, new Set(['reordering'])).network.straggleChance).toBe(network.straggleChance);
      expect(drawPlan(seed, new Set(['slow-disk'])).diskLatencyMaxMs).toBe(diskLatencyMaxMs);
    }
  });

  test('is calm where nothing is allowed', () => {
    expect(drawPlan(3, new Set()).network).toMatchObject({
      lossChance: 0,
      duplicateChance: 0,
      straggleChance: 0,
    });
    expect(drawn(3, new Set())).toEqual([]);
  });
});

describe('clocks that a protocol assumes something of', () => {
  const bound = { driftPercent: 10, jumps: false };
  const beyond = (seed: number): boolean =>
    drawSchedule(seed, nodes, drawBudget(seed, nodes, bound), all).some(({ deed }) =>
      goesBeyond(deed, bound),
    );

  test('keep to it in most seeds, and go beyond it only where the budget says so', () => {
    for (const seed of seeds) {
      if (drawBudget(seed, nodes, bound).keepsClocks) expect(beyond(seed), String(seed)).toBe(false);
    }
    const count = seeds.filter(beyond).length;
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThan(seeds.length / 10);
  });

  test('drift within it all the same, up to its ends', () => {
    const rates = seeds
      .filter((seed) => drawBudget(seed, nodes, bound).keepsClocks)
      .flatMap((seed) => drawSchedule(seed, nodes, drawBudget(seed, nodes, bound), all))
      .flatMap(({ deed }) => (deed.type === 'drift-clock' ? [deed.rate] : []));
    expect(Math.max(...rates) / Math.min(...rates)).toBeCloseTo(1.1);
  });

  test('go beyond it by a rate or by a jump', () => {
    const drift = { type: 'drift-clock', node: 'node1', offsetMs: 0, forMs: 1_000 } as const;
    expect(goesBeyond({ ...drift, rate: 1.04 }, bound)).toBe(false);
    expect(goesBeyond({ ...drift, rate: 1.06 }, bound)).toBe(true);
    expect(goesBeyond({ ...drift, rate: 0.94 }, bound)).toBe(true);
    expect(goesBeyond({ type: 'jump-clock', node: 'node1', byMs: 5 }, bound)).toBe(true);
    expect(goesBeyond({ type: 'jump-clock', node: 'node1', byMs: 5 }, { ...bound, jumps: true })).toBe(false);
  });
});
