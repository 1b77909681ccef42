import { expect, test } from 'vitest';
import { falseSuspicions, lastHeardMs, suspectsAt } from './fixed-timeout.js';
import type { Seen } from './seen.js';

const heard = (atMs: number, node = 'a'): Seen => ({ atMs, what: 'heard', node });
const ended: Seen = { atMs: 1_700, what: 'link-ended', node: 'a' };

test('it suspects a node so long after the last word, and at once where the link has ended', () => {
  const seen = [heard(1_000), heard(1_500), heard(1_900, 'b')];
  expect(suspectsAt(seen, 'a', 1_000, 5_000)).toBe(2_500);
  expect(suspectsAt([...seen, ended], 'a', 1_000, 5_000)).toBe(1_700);
  expect(suspectsAt(seen, 'c', 1_000, 5_000)).toBeNull();
});

test('a word after the time in question is none before it', () => {
  const seen = [heard(1_000), heard(9_000)];
  expect(lastHeardMs(seen, 'a', 5_000)).toBe(1_000);
  expect(suspectsAt(seen, 'a', 1_000, 5_000)).toBe(2_000);
});

test('a silence that was longer, and ended, was a false suspicion; the last silence is none yet', () => {
  const seen = [heard(0), heard(100, 'b'), heard(900), heard(2_000), heard(3_500, 'b')];
  expect(falseSuspicions(seen, 1_000)).toBe(2);
  expect(falseSuspicions(seen, 5_000)).toBe(0);
});
