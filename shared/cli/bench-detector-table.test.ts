import { expect, test } from 'vitest';
import { type DetectorFigures, detectorTable } from './bench-detector-table.js';

const none = { suspectedMs: [], trustedMs: [], accusations: 0 };
const row: DetectorFigures = {
  condition: '5 tabs',
  detector: 'phi',
  closed: { ...none, suspectedMs: [...Array.from({ length: 19 }, () => 100), 300] },
  killed: { ...none, suspectedMs: [1_000, Number.POSITIVE_INFINITY] },
  frozen: { ...none, trustedMs: [5, 15], accusations: 2 },
  falsePerHour: null,
  framesPerSecond: 16.04,
};

test('the table gives mean and 95th percentile, and says what was never noticed or not measured', () => {
  expect(detectorTable([row]).split('\n').at(-1)).toBe(
    '| 5 tabs | phi | 110 / 100 | 1000 / 1000, 1 of 2 never | 10 / 15 | 2.0 | - | 16.0 |',
  );
});
