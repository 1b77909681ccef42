import type { NodeId } from '@quorate/shared/core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Presence } from './presence.js';
import type { TabRecord } from './roster.js';

const self: NodeId = 'self'.padEnd(26, 'a');

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('document', { visibilityState: 'visible' });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function presence(tabCount = 2) {
  const told: TabRecord[] = [];
  const made = new Presence({
    self,
    name: 'ada',
    publicKey: null,
    browser: 'Chromium',
    tabs: [],
    peers: new Set(),
    links: () => new Map(),
    version: () => null,
    takesPart: () => true,
    tabCount: () => tabCount,
    isHere: () => true,
    onForget: () => undefined,
    onWrite: () => undefined,
    onTell: (own) => told.push(own),
  });
  return { made, told };
}

test('its own words that come back are no news; a stamp of an earlier life that is higher is outdone', () => {
  const { made, told } = presence();
  made.write({});
  vi.advanceTimersByTime(10_000);
  expect(told).toHaveLength(1);
  const [own] = told;
  if (own === undefined) expect.fail();
  expect(made.hear(own)).toBe(false);
  vi.advanceTimersByTime(10_000);
  expect(told).toHaveLength(1);
  made.hear({ ...own, stamp: own.stamp + 60_000 });
  vi.advanceTimersByTime(10_000);
  expect(told).toHaveLength(2);
  expect(told[1]?.stamp).toBeGreaterThan(own.stamp + 60_000);
});

test('changes go out together, and in a large room more of them', () => {
  const { made, told } = presence(40);
  made.write({});
  vi.advanceTimersByTime(900);
  made.write({ lab: 'crashed' });
  expect(told).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(told).toMatchObject([{ lab: 'crashed' }]);
});
