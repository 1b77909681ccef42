import { describe, expect, test } from 'vitest';
import { groupsMax } from '../api/plan-groups.js';
import {
  changeRun,
  createDocument,
  type RunEntry,
  runInView,
  runOf,
  runOn,
  runsMax,
  runsOn,
  withRun,
} from './document.js';

const host = 'a'.repeat(26);
const fresh = createDocument('maple-otter-42', host, 1000);

function run(id: string, running: boolean): RunEntry {
  return {
    id,
    protocol: 'raft',
    group: null,
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

const [ada, jun, leo] = ['b', 'c', 'd'].map((letter) => letter.repeat(26)) as [string, string, string];

/** A group of these nodes. */
function group(number: number, servers: string[], running = true): RunEntry {
  return { ...run(`group${number}`, running), group: number, voters: servers, servers };
}

describe('the run of the whole room', () => {
  const runs = [run('one', false), run('two', true), run('three', false)];

  test('is the newest that is on, and everybody takes part in it', () => {
    for (const node of [host, ada]) expect(runOf({ ...fresh, runs }, node)?.id).toBe('two');
    expect(runOf({ ...fresh, runs: [run('one', false)] }, host)).toBeNull();
    expect(runOf(null, host)).toBeNull();
  });

  test('is looked at, whatever else was picked', () => {
    for (const picked of [null, 'two', 'three', 'none'])
      expect(runInView({ ...fresh, runs }, ada, picked)?.id).toBe('two');
  });
});

describe('groups', () => {
  const runs = [group(2, [ada, jun]), group(1, [host]), group(3, [leo], false)];
  const document = { ...fresh, runs };

  test('are on side by side, in the order of their numbers', () => {
    expect(runsOn(document).map(({ id }) => id)).toEqual(['group1', 'group2']);
    expect(runOn(document, 'group2')?.group).toBe(2);
    expect(runOn(document, 'group3')).toBeNull();
    expect(runsMax).toBeGreaterThan(groupsMax);
  });

  test('have their own nodes alone: who is in none takes part in none', () => {
    expect(runOf(document, host)?.id).toBe('group1');
    expect(runOf(document, jun)?.id).toBe('group2');
    expect(runOf(document, leo)).toBeNull();
  });

  test('are looked at by whom they belong to, until another is picked, and while that one is on', () => {
    expect(runInView(document, jun, null)?.id).toBe('group2');
    expect(runInView(document, jun, 'group1')?.id).toBe('group1');
    expect(runInView(document, jun, 'group3')?.id).toBe('group2');
    expect(runInView(document, leo, null)?.id).toBe('group1');
    expect(runInView(document, leo, 'group2')?.id).toBe('group2');
  });
});

describe('the runs of a room', () => {
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
