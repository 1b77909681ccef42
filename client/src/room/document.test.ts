import { counterMax } from '@quorate/shared/core';
import { describe, expect, test } from 'vitest';
import {
  changeRun,
  createDocument,
  currentRun,
  isNewer,
  nextVersion,
  type RunEntry,
  runsMax,
  withRun,
} from './document.js';

const host = 'a'.repeat(26);
const other = 'b'.repeat(26);
const fresh = createDocument('maple-otter-42', host, 1000);

function run(id: string, running: boolean): RunEntry {
  return {
    id,
    protocol: 'raft',
    voters: [host],
    servers: [host],
    salvaged: null,
    options: {},
    running,
    pace: 1,
    paused: false,
    until: null,
    faults: [],
  };
}

describe('a version of the room document', () => {
  test('is newer than none, and than a lower version', () => {
    expect(isNewer(fresh, null)).toBe(true);
    expect(isNewer(nextVersion(fresh, 1001, {}), fresh)).toBe(true);
    expect(isNewer(fresh, nextVersion(fresh, 1001, {}))).toBe(false);
    expect(isNewer(fresh, fresh)).toBe(false);
  });

  test('stays one that others take, even after the last number', () => {
    const last = { ...fresh, version: counterMax };
    expect(nextVersion(last, 1001, {}).version).toBe(counterMax);
    expect(isNewer(nextVersion(last, 1001, {}), last)).toBe(true);
  });

  test('is told from another of its number by when it was made, after the host lost its newest', () => {
    const lost = nextVersion(fresh, 2000, { pace: 0.5 });
    const remade = nextVersion(fresh, 3000, { pace: 0.1 });
    expect(isNewer(remade, lost)).toBe(true);
    expect(isNewer(lost, remade)).toBe(false);
  });

  test('of another room or another host is never taken', () => {
    const stranger = { ...nextVersion(fresh, 5000, {}), host: other };
    expect(isNewer(stranger, fresh)).toBe(false);
    expect(isNewer({ ...nextVersion(fresh, 5000, {}), code: 'amber-heron-11' }, fresh)).toBe(false);
  });
});

describe('the runs of a room', () => {
  test('have the newest that is on as the current one', () => {
    const runs = [run('one', false), run('two', true), run('three', false)];
    expect(currentRun({ ...fresh, runs })?.id).toBe('two');
    expect(currentRun({ ...fresh, runs: [run('one', false)] })).toBeNull();
    expect(currentRun(null)).toBeNull();
  });

  test('are changed one at a time', () => {
    const runs = changeRun([run('one', true), run('two', true)], 'two', { paused: true });
    expect(runs.map((entry) => entry.paused)).toEqual([false, true]);
  });

  test('forget the oldest that has stopped, and keep those that are on', () => {
    const many = Array.from({ length: runsMax }, (_, i) => run(`run${i}`, i === 0));
    const runs = withRun(many, run('new', true));
    expect(runs).toHaveLength(runsMax);
    expect(runs.map((entry) => entry.id)).toContain('run0');
    expect(runs.map((entry) => entry.id)).not.toContain('run1');
    expect(withRun(runs, { ...run('new', true), paused: true }).at(-1)?.paused).toBe(true);
  });
});
