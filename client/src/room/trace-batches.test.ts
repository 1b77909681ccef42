import type { TraceEvent } from '@quorate/shared/trace';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { batchEveryMs, TraceBatches } from './trace-batches.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const event = (seq: number): TraceEvent => ({
  type: 'stopped',
  node: 'n',
  life: 1,
  seq,
  count: seq,
  run: 'r',
  instance: 'server',
  clock: 1,
  atMs: 1,
  wallMs: 1,
});

function batches(tabs: number) {
  const told: { readonly events: readonly number[]; readonly touched: number | undefined }[] = [];
  const made = new TraceBatches(
    () => batchEveryMs(tabs),
    (events, { cut }) => told.push({ events: events.map(({ seq }) => seq), touched: cut }),
  );
  return { made, told };
}

test('in a small room each batch goes at once', () => {
  const { made, told } = batches(12);
  for (const seq of [1, 2, 3]) made.add([event(seq)], {});
  expect(told.map(({ events }) => events)).toEqual([[1], [2], [3]]);
});

test('in a large room the first goes at once, and what follows together, with the newest counts', () => {
  const { made, told } = batches(40);
  for (const seq of [1, 2, 3]) made.add([event(seq)], { cut: seq });
  expect(told).toEqual([{ events: [1], touched: 1 }]);
  vi.advanceTimersByTime(batchEveryMs(40));
  expect(told).toEqual([
    { events: [1], touched: 1 },
    { events: [2, 3], touched: 3 },
  ]);
  vi.advanceTimersByTime(10_000);
  made.add([event(4)], { cut: 4 });
  expect(told.at(-1)).toEqual({ events: [4], touched: 4 });
  expect(told).toHaveLength(3);
});

test('what waits is told before it is more than a message holds, in order and whole', () => {
  const { made, told } = batches(40);
  for (let seq = 1; seq <= 10_000; seq += 1) made.add([event(seq)], {});
  vi.advanceTimersByTime(10_000);
  expect(Math.max(...told.map(({ events }) => events.length))).toBeLessThanOrEqual(4_096);
  expect(told.flatMap(({ events }) => events)).toEqual(Array.from({ length: 10_000 }, (_, i) => i + 1));
});
