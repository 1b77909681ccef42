import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Coalesced } from './coalesced.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('the first wish is met at once, those soon after it by one more run', () => {
  const run = vi.fn();
  const coalesced = new Coalesced(run, 200);
  for (let i = 0; i < 50; i += 1) coalesced.ask();
  expect(run).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(199);
  expect(run).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1);
  expect(run).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(1_000);
  expect(run).toHaveBeenCalledTimes(2);
  coalesced.ask();
  expect(run).toHaveBeenCalledTimes(3);
});

test('a wish made while it runs is met later, and a run that throws does not end it', () => {
  let runs = 0;
  const coalesced = new Coalesced(() => {
    runs += 1;
    if (runs === 1) coalesced.ask();
    if (runs === 2) throw new Error('broken');
  }, 200);
  coalesced.ask();
  expect(runs).toBe(1);
  expect(() => vi.advanceTimersByTime(200)).toThrow('broken');
  vi.advanceTimersByTime(200);
  coalesced.ask();
  expect(runs).toBe(3);
});
