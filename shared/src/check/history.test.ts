import { describe, expect, it } from 'vitest';
import { HistoryError, parseHistory } from './history.js';

const line = {
  op: 1,
  process: 'p',
  type: 'invoke',
  f: 'put',
  key: '/a',
  value: { x: [1] },
  ifVersion: 2,
  timeMs: 1.5,
};

describe('parseHistory', () => {
  it('reads one JSON object a line and skips empty lines', () => {
    const done = { ...line, type: 'ok' };
    expect(parseHistory(`\n${JSON.stringify(line)}\r\n\n${JSON.stringify(done)}\n`)).toEqual([line, done]);
    expect(parseHistory('')).toEqual([]);
  });

  it.each([
    ['what is not JSON', '{', 'line 2 is not JSON'],
    ['what is no object', '7', 'line 2: the line'],
    ['an unknown type', JSON.stringify({ ...line, type: 'done' }), 'line 2: type'],
    ['an unknown operation', JSON.stringify({ ...line, f: 'inc' }), 'line 2: f'],
    ['a time that is none', JSON.stringify({ ...line, timeMs: 'now' }), 'line 2: timeMs'],
    ['a missing value', JSON.stringify({ ...line, value: undefined }), 'line 2: value'],
  ])('refuses %s and says on which line', (_, bad, why) => {
    const text = `${JSON.stringify(line)}\n${bad}`;
    expect(() => parseHistory(text)).toThrow(HistoryError);
    expect(() => parseHistory(text)).toThrow(why);
  });
});
