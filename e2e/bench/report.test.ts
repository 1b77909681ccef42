import { expect, test } from 'vitest';
import { type Figures, linesOf, type OriginFigures, textOf } from './report.js';
import { summarise } from './statistics.js';

const machine = {
  browser: 'Chromium 1',
  cpu: 'a processor',
  cores: 2,
  memoryGiB: 8,
  system: 'Linux 1',
  loadBefore: 0.1,
  node: 'v20',
  date: '2026-01-01',
};

function originOf(
  origin: OriginFigures['origin'],
  commitMs: number,
  commitsPerSecond: number,
): OriginFigures {
  return {
    origin,
    meshMs: [2_000],
    leader: { ...summarise([commitMs]), elections: 0 },
    follower: { ...summarise([2 * commitMs]), elections: 0 },
    leaderPerSecond: commitsPerSecond,
    followerPerSecond: commitsPerSecond,
  };
}

function figures(overrides: Partial<Figures> = {}): Figures {
  return {
    machine,
    tabs: 5,
    size: 'full',
    raw: {
      roundTripMs: summarise([1]),
      workerRoundTripMs: summarise([1.2]),
      quorumMs: summarise([2]),
      flushMs: summarise([0.2]),
      valuesPerSecond: 20_000,
    },
    origins: [originOf('opfs', 3.4, 8_000), originOf('indexeddb', 7, 7_999)],
    failoverMs: { closed: summarise([200, 499, 800]), killed: summarise([500]) },
    ...overrides,
  };
}

function met(given: Figures, start: string): readonly (boolean | null)[] {
  return linesOf(given)
    .filter(({ name }) => name.startsWith(start))
    .map((line) => line.met);
}

test('a commit is held against the quorum round trip of its run, by the factor of its disk', () => {
  expect(met(figures(), 'commit from the leader')).toEqual([true, true]);
  const slow = figures({ origins: [originOf('opfs', 3.5, 1), originOf('indexeddb', 7.1, 1)] });
  expect(met(slow, 'commit from the leader')).toEqual([false, false]);
});

test('throughput is held against a number of its own, and met at exactly that', () => {
  expect(met(figures(), 'commits a second, 256 in flight at the leader')).toEqual([true, false]);
});

test('failover is judged by its median, and shows the worst beside it', () => {
  expect(met(figures(), 'failover')).toEqual([true, false]);
  expect(linesOf(figures()).find(({ name }) => name.includes('closed'))?.more).toBe('worst 800 ms of 3');
});

test('what is for information only is neither met nor missed', () => {
  expect(met(figures(), 'commit from another tab')).toEqual([null, null]);
  expect(met(figures(), 'raw')).toEqual([null, null, null, null, null]);
});

test('the text says where it was measured, and that leaders changed when they did', () => {
  const calm = textOf(figures());
  expect(calm).toContain('Chromium 1 on 2 cores (a processor)');
  expect(calm).not.toContain('Leaders changed');
  const opfs = originOf('opfs', 3, 9_000);
  const restless = textOf(figures({ origins: [{ ...opfs, leader: { ...opfs.leader, elections: 2 } }] }));
  expect(restless).toContain('Leaders changed 2 times');
});
