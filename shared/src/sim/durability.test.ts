import { describe, expect, test } from 'vitest';
import { type DiskImage, type Effect, emptyDisk, type ProcessEvent } from '../core/index.js';
import { DurabilityWatch } from './durability.js';

type Step = readonly [event: ProcessEvent<unknown>, ...effects: Effect<unknown>[]];

const start = (disk: DiskImage): ProcessEvent<unknown> => ({ type: 'start', now: 0, disk });
const persisted = (write: number): ProcessEvent<unknown> => ({ type: 'persisted', now: 0, write });
const tick: ProcessEvent<unknown> = { type: 'timeout', now: 0, timer: 'any' };
const set = (write: number, value: unknown): Effect<unknown> => ({
  type: 'persist',
  write,
  ops: [{ kind: 'set', key: 'term', value }],
});
const append = (write: number, ...indexes: number[]): Effect<unknown> => ({
  type: 'persist',
  write,
  ops: indexes.map((index) => ({ kind: 'append', index, value: { term: 1, index } })),
});
const image = (values: DiskImage['values'], ...indexes: number[]): DiskImage => ({
  values,
  log: indexes.map((index) => ({ index, value: { index, term: 1 } })),
  snapshot: null,
});

/** What the watch says of the last of these steps; all before must be in order. */
function verdict(...steps: readonly Step[]): string | null {
  const watch = new DurabilityWatch();
  const found = steps.map(([event, ...effects]) => watch.afterStep('node1', 'server', event, effects));
  expect(found.slice(0, -1).filter((each) => each !== null)).toEqual([]);
  const last = found.at(-1) ?? null;
  if (last !== null) expect(last).toMatchObject({ rule: 'durable-stays', node: 'node1' });
  return last?.why ?? null;
}

describe('the watch over durability', () => {
  const written: Step[] = [[start(emptyDisk), set(1, 5), append(2, 1, 2)], [persisted(1)]];

  test('takes any beginning of the writes under way, behind what was reported', () => {
    expect(verdict(...written, [start(image({ term: 5 }))])).toBeNull();
    expect(verdict(...written, [start(image({ term: 5 }, 1, 2))])).toBeNull();
  });

  test('says what was lost of what was reported', () => {
    expect(verdict(...written, [start(emptyDisk)])).toBe(
      'the disk of its server holds 0 values, no entries and no snapshot, ' +
        'where 1 values, no entries and no snapshot was durable and 1 writes were under way',
    );
    expect(verdict(...written, [persisted(2)], [start(image({ term: 5 }))])).toContain('entries 1 to 2');
  });

  test('takes no half of a write, nothing that was never written, and no other value', () => {
    expect(verdict(...written, [start(image({ term: 5 }, 1))])).not.toBeNull();
    expect(verdict(...written, [start(image({ term: 5 }, 1, 2, 3))])).not.toBeNull();
    expect(verdict(...written, [start(image({ term: 6 }))])).not.toBeNull();
    expect(verdict(...written, [start(image({ term: 5, vote: 1 }))])).not.toBeNull();
  });

  test('follows cuts at both ends of the log', () => {
    const cut: Effect<unknown> = {
      type: 'persist',
      write: 3,
      ops: [
        { kind: 'truncateFrom', index: 4 },
        { kind: 'compactTo', index: 1 },
      ],
    };
    const steps: Step[] = [[start(emptyDisk), append(1, 1, 2, 3, 4, 5), cut], [persisted(3)]];
    expect(verdict(...steps, [start(image({}, 2, 3))])).toBeNull();
    expect(verdict(...steps, [start(image({}, 1, 2, 3, 4, 5))])).not.toBeNull();
  });

  test('knows snapshots, taken and installed, by their reports', () => {
    const snapshot = { index: 2, meta: { term: 1 } };
    const take: Effect<unknown> = {
      type: 'takeSnapshot',
      ...snapshot,
      ops: [{ kind: 'compactTo', index: 2 }],
    };
    const steps: Step[] = [[start(emptyDisk), append(1, 1, 2, 3), take]];
    expect(verdict(...steps, [start(image({}, 1, 2, 3))])).toBeNull();
    const taken: Step[] = [...steps, [{ type: 'snapshotTaken', now: 0, index: 2 }]];
    expect(verdict(...taken, [start(image({}, 1, 2, 3))])).not.toBeNull();
    expect(verdict(...taken, [start({ ...image({}, 3), snapshot })])).toBeNull();

    const install: Effect<unknown> = { type: 'installSnapshot', snapshot: 7, index: 9, meta: {}, ops: [] };
    const rejected: Step[] = [
      [start(emptyDisk), install],
      [{ type: 'snapshotRejected', now: 0, reason: 'torn' }],
    ];
    expect(verdict(...rejected, [start(emptyDisk)])).toBeNull();
    expect(verdict(...rejected, [start({ ...emptyDisk, snapshot: { index: 9, meta: {} } })])).not.toBeNull();
  });

  test('goes on from what was found, and keeps instances and nodes apart', () => {
    const restarted: Step[] = [...written, [start(image({ term: 5 }, 1, 2))]];
    expect(verdict(...restarted, [tick], [start(image({ term: 5 }))])).not.toBeNull();
    const watch = new DurabilityWatch();
    watch.afterStep('node1', 'server', start(emptyDisk), [set(1, 5)]);
    watch.afterStep('node1', 'client', persisted(1), []);
    watch.afterStep('node2', 'server', persisted(1), []);
    expect(watch.afterStep('node1', 'server', start(emptyDisk), [])).toBeNull();
  });
});
