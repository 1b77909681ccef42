import type { TraceEvent } from '@quorate/shared/trace';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reduce } from './reduce.js';
import { othersMax, type RunViews, reduceRuns } from './reduce-runs.js';
import { emptyView } from './state.js';

/** One step of what a node of `run` may tell. */
function event(run: string, node: string, step: number, seq: number): TraceEvent {
  const envelope = {
    node,
    life: 1,
    seq,
    count: seq,
    run,
    instance: 'server',
    clock: seq,
    atMs: seq,
    wallMs: 1000 + seq,
  };
  const message = `${node}-${seq - 1}`;
  switch (step % 5) {
    case 0:
      return { ...envelope, type: 'started', recovered: false };
    case 1:
      return { ...envelope, type: 'pace', pace: 1 / (1 + step), paused: step % 2 === 0 };
    case 2:
      return { ...envelope, type: 'crashed', why: 'a test' };
    case 3:
      return { ...envelope, type: 'lost', message, from: node, to: 'c', reason: 'cut' };
    default:
      return { ...envelope, type: 'role', role: 'leader', reign: step, leader: node };
  }
}

const told = fc.array(
  fc.record({
    run: fc.constantFrom('one', 'two'),
    // The same node in both: a lab that went from one group to another.
    node: fc.constantFrom('a', 'b', 'c'),
    step: fc.nat({ max: 9 }),
  }),
  { maxLength: 40 },
);
const cut = fc.array(fc.nat({ max: 5 }), { maxLength: 20 });

describe('the views of several runs', () => {
  it('are each what its own events alone make of it, however those of two come mixed', () => {
    fc.assert(
      fc.property(told, cut, (steps, sizes) => {
        const events = steps.map(({ run, node, step }, i) => event(run, node, step, i + 1));
        const batches = [...sizes.map((size) => events.splice(0, size)), events];
        let views: RunViews = new Map();
        const alone = { one: emptyView('one'), two: emptyView('two') };
        for (const [i, batch] of batches.entries()) {
          const at = { nowMs: 2000 + i, down: [] };
          views = reduceRuns(views, { ...at, on: ['one', 'two'], events: batch });
          for (const run of ['one', 'two'] as const)
            alone[run] = reduce(alone[run], { ...at, run, events: batch.filter((each) => each.run === run) });
        }
        expect(views.get('one')).toEqual(alone.one);
        expect(views.get('two')).toEqual(alone.two);
      }),
    );
  });

  it('are the same object where nothing has changed, and of the others the same where one has', () => {
    const input = { on: ['one', 'two'], nowMs: 2000, down: [] };
    const before = reduceRuns(new Map(), {
      ...input,
      events: [event('one', 'a', 0, 1), event('two', 'b', 0, 1)],
    });
    expect(reduceRuns(before, { ...input, events: [] })).toBe(before);
    const after = reduceRuns(before, { ...input, events: [event('one', 'a', 2, 2)] });
    expect(after.get('one')).not.toBe(before.get('one'));
    expect(after.get('two')).toBe(before.get('two'));
  });

  it('hold what is told before the room tells of the run, and of unknown runs only the last', () => {
    const input = { nowMs: 2000, down: [] };
    const early = reduceRuns(new Map(), { ...input, on: [], events: [event('one', 'a', 0, 1)] });
    const known = reduceRuns(early, { ...input, on: ['one'], events: [] });
    expect(known.get('one')?.nodes.get('a')).toMatchObject({ lab: 'running' });
    const strange = Array.from({ length: 50 }, (_, i) => event(`made up ${i}`, 'x', 0, i + 1));
    const after = reduceRuns(known, { ...input, on: ['one'], events: strange });
    expect(after.size).toBe(1 + othersMax);
    expect(after.get('one')).toBe(known.get('one'));
    expect(after.has('made up 49')).toBe(true);
  });
});
