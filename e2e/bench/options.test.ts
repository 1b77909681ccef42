import { expect, test } from 'vitest';
import { parseOptions, UsageError } from './options.js';

test('raft alone means five tabs, plain text and the full size', () => {
  expect(parseOptions(['raft'])).toMatchObject({ json: false, tabs: 5, size: { name: 'full' } });
});

test('flags choose JSON, fewer samples and another number of tabs', () => {
  expect(parseOptions(['raft', '--json', '--quick', '--tabs', '3'])).toMatchObject({
    json: true,
    tabs: 3,
    size: { name: 'quick' },
  });
});

test('telemetry means twenty tabs that watch five', () => {
  expect(parseOptions(['telemetry'])).toMatchObject({ what: 'telemetry', tabs: 5, watchers: 20 });
  expect(parseOptions(['telemetry', '--watchers', '8'])).toMatchObject({ watchers: 8 });
});

test('asking for help measures nothing', () => {
  expect(parseOptions(['-h'])).toBeNull();
});

test.each([
  [['pbft'], 'say what to measure'],
  [[], 'say what to measure'],
  [['raft', '--tabs', '2'], 'give 3 to 9'],
  [['raft', '--tabs', 'many'], 'give 3 to 9'],
  [['telemetry', '--watchers', '41'], 'give 1 to 40'],
  [['raft', '--fast'], '--fast'],
])('%j is refused with what to give instead', (args, said) => {
  expect(() => parseOptions(args)).toThrow(UsageError);
  expect(() => parseOptions(args)).toThrow(said);
});
