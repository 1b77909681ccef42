import { describe, expect, test } from 'vitest';
import { changeRun, createDocument, currentRun, type RunEntry, runsMax, withRun } from './document.js';

const host = 'a'.repeat(26);
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
