import { expect, test } from 'vitest';
import { PerPeerBound } from './refusals.js';

test('of each peer something is said five times in a window, and again in the next', () => {
  let nowMs = 0;
  const bound = new PerPeerBound(() => nowMs);
  const asked = (peer: string) => Array.from({ length: 7 }, () => bound.allows(peer));
  const five = [true, true, true, true, true, false, false];
  expect(asked('n1')).toEqual(five);
  expect(asked('n2')).toEqual(five);
  nowMs = 9_999;
  expect(bound.allows('n1')).toBe(false);
  nowMs = 10_000;
  expect(asked('n1')).toEqual(five);
});

test('it remembers a room’s peers and no more, and forgets those whose window is over', () => {
  let nowMs = 0;
  const bound = new PerPeerBound(() => nowMs);
  const taken = Array.from({ length: 300 }, (_, i) => bound.allows(`n${i}`));
  expect(taken.filter(Boolean)).toHaveLength(256);
  nowMs = 10_000;
  expect(bound.allows('n299')).toBe(true);
});
