import { checkLinearizability } from '@quorate/shared/check';
import { describe, expect, test } from 'vitest';
import { History } from './history.js';

describe('the history of a tab', () => {
  test('has two lines an operation, as an outside checker reads them', () => {
    const history = new History('node1', 'run');
    const put = history.invoke({ op: 'put', path: '/a', value: 1, ifVersion: 0 });
    const get = history.invoke({ op: 'get', path: '/a' });
    put({ ok: true, op: 'put', path: '/a', version: 1, index: 3 });
    get({ ok: true, op: 'get', path: '/a', value: 1, version: 1 });
    history.invoke({ op: 'cas', path: '/a', from: 2, to: 3 })({
      ok: false,
      op: 'cas',
      path: '/a',
      reason: 'value-mismatch',
      value: 1,
      version: 1,
    });
    history.invoke({ op: 'list', path: '/' })({ ok: true, op: 'list', path: '/', paths: ['/a'] });
    history.invoke({ op: 'delete', path: '/a' })('unknown');
    expect(history.lines().map(({ timeMs, ...line }) => line)).toEqual([
      { op: 1, process: 'node1', type: 'invoke', f: 'put', key: '/a', value: 1, ifVersion: 0 },
      { op: 2, process: 'node1', type: 'invoke', f: 'get', key: '/a', value: null },
      { op: 1, process: 'node1', type: 'ok', f: 'put', key: '/a', value: 1, ifVersion: 0 },
      { op: 2, process: 'node1', type: 'ok', f: 'get', key: '/a', value: 1 },
      { op: 3, process: 'node1', type: 'invoke', f: 'cas', key: '/a', value: [2, 3] },
      { op: 3, process: 'node1', type: 'fail', f: 'cas', key: '/a', value: [2, 3] },
      { op: 4, process: 'node1', type: 'invoke', f: 'list', key: '/', value: null },
      { op: 4, process: 'node1', type: 'ok', f: 'list', key: '/', value: ['/a'] },
      { op: 5, process: 'node1', type: 'invoke', f: 'delete', key: '/a', value: null },
      { op: 5, process: 'node1', type: 'info', f: 'delete', key: '/a', value: null },
    ]);
    expect(checkLinearizability(history.lines()).verdict).toBe('linearizable');
  });

  test('has no lines of a command that was certainly not taken, and an open end where a full store refused it', () => {
    const history = new History('node1', 'run');
    const kept = history.invoke({ op: 'put', path: '/a', value: 1 });
    history.invoke({ op: 'put', path: '/a', value: 2 })('not-taken');
    const reason = { reason: 'full', value: null, version: 0 } as const;
    kept({ ok: false, op: 'put', path: '/a', ...reason });
    expect(history.lines().map(({ op, type }) => [op, type])).toEqual([
      [1, 'invoke'],
      [1, 'info'],
    ]);
  });

  test('forgets the oldest operations whole: no end is left without its beginning', () => {
    const history = new History('node1', 'run', 8);
    const slow = history.invoke({ op: 'put', path: '/slow', value: 1 });
    for (let i = 0; i < 100; i += 1)
      history.invoke({ op: 'get', path: '/a' })({ ok: true, op: 'get', path: '/a', value: null, version: 0 });
    slow({ ok: true, op: 'put', path: '/slow', version: 1, index: 9 });
    const lines = history.lines();
    expect(lines.length).toBeGreaterThanOrEqual(2 * 8 - 2);
    expect(lines.length).toBeLessThanOrEqual(2 * 10);
    for (const { op, type } of lines) {
      if (type !== 'invoke')
        expect(lines.some((line) => line.op === op && line.type === 'invoke')).toBe(true);
    }
    expect(lines.some((line) => line.key === '/slow')).toBe(false);
  });
});
