import { expect, test } from 'vitest';
import type { EndingFigures, Noticed } from './endings.js';
import { type Condition, equalTimeoutMs, tableOf } from './report.js';

const noticed = (suspectedMs: number, silentSinceMs: number, more: Partial<Noticed> = {}): Noticed => ({
  suspectedMs,
  silentSinceMs,
  linkEndedMs: null,
  trustedMs: null,
  ...more,
});
const figures = (...all: readonly Noticed[]): EndingFigures => ({ noticed: all, accusations: 0 });

/** One node heard another after 100 and after 3,000 ms, and suspected it once in between. */
const condition: Condition = {
  name: 'two tabs',
  heartbeatMs: 500,
  closed: figures(noticed(140, -200, { linkEndedMs: 30 })),
  killed: figures(noticed(1_400, -100), noticed(1_600, -300)),
  frozen: figures(noticed(1_500, -50, { trustedMs: 90 })),
  quiet: {
    forMs: 60_000,
    seen: [
      [
        { atMs: 100, what: 'heard', node: 'b' },
        { atMs: 2_000, what: 'suspected', node: 'b' },
        { atMs: 3_000, what: 'heard', node: 'b' },
      ],
    ],
  },
};

test('the fixed timeout notices a killed tab when the measured detector does, in the mean', () => {
  expect(equalTimeoutMs(condition)).toBe(1_700);
});

test('both stand in the table, over the same arrivals', () => {
  expect(tableOf([condition]).split('\n').slice(2)).toEqual([
    '| two tabs | phi and gossip | 140 / 140 | 1500 / 1600 | 3.0 | 1500 / 1500 | 90 / 90 | 0 | 1 | 1.0 | 60 |',
    '| two tabs | fixed, 1700 ms | 30 / 30 | 1500 / 1600 | 3.0 | 1650 / 1650 | - | - | 1 | 1.0 | 60 |',
  ]);
});

test('what was not measured is a dash', () => {
  const row = tableOf([{ ...condition, closed: null, frozen: null }]).split('\n')[2];
  expect(row).toBe('| two tabs | phi and gossip | - | 1500 / 1600 | 3.0 | - | - | - | 1 | 1.0 | 60 |');
});
