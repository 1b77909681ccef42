import { describe, expect, it } from 'vitest';
import { type DiskImage, emptyDisk } from '../../core/index.js';
import { type Configuration, configurationOf } from './configuration.js';
import { salvage } from './salvage.js';
import type { RaftState } from './state.js';
import { command, nowMs, persisted, server, step, timeout } from './testing/index.js';

const others: Configuration = { voters: ['a', 'b', 'c'], incoming: ['b', 'c', 'd'], learners: [] };
const snapshot = {
  index: 5,
  meta: {
    lastIncludedTerm: 2,
    configuration: { term: 2, index: 4, configuration: others },
    compactedIndex: 3,
    compactedTerm: 1,
  },
};
const survivor: DiskImage = {
  values: { hardState: { currentTerm: 7, votedFor: 'b' } },
  log: [
    { index: 4, value: { term: 2, kind: 'configuration', configuration: others } },
    { index: 5, value: command(2, 'in the snapshot') },
    { index: 6, value: { term: 3, kind: 'configuration', configuration: configurationOf(['b', 'c', 'd']) } },
    { index: 7, value: command(5, 'never committed, perhaps') },
  ],
  snapshot,
};

/** The only voter of a new run, started on `disk`. */
function alone(disk: DiskImage): RaftState {
  const state = server({ voters: ['a'] });
  step(state, { type: 'start', now: nowMs, disk });
  return state;
}

describe('starting anew from a surviving log', () => {
  it('says how far the log goes, and how far it was committed for certain', () => {
    expect(salvage(survivor, 'a')).toMatchObject({ lastIndex: 7, lastReign: 5, committedIndex: 5 });
    expect(salvage(emptyDisk, 'a')).toMatchObject({ lastIndex: 0, lastReign: 0, committedIndex: 0 });
  });

  it('keeps every entry in its place, and nobody of the old configurations, joint ones included', () => {
    const state = alone(salvage(survivor, 'a').image);
    expect(state.configuration).toEqual(configurationOf(['a']));
    expect(state.log.entries).toEqual([
      { term: 2, kind: 'noop' },
      command(2, 'in the snapshot'),
      { term: 3, kind: 'noop' },
      command(5, 'never committed, perhaps'),
    ]);
    expect(state).toMatchObject({ currentTerm: 7, votedFor: null, commitIndex: 5, log: { offset: 3 } });
  });

  it('the survivor leads by its own vote, and commits all that it has', () => {
    const state = alone(salvage(survivor, 'a').image);
    timeout(state, 'election');
    persisted(state, state.durability.lastWrite);
    const effects = persisted(state, state.durability.lastWrite);
    expect(state).toMatchObject({ role: { name: 'leader' }, currentTerm: 8, commitIndex: 8 });
    const commits = effects.flatMap((effect) => (effect.type === 'commit' ? effect.entries : []));
    expect(commits.map(({ index }) => index)).toEqual([6, 7, 8]);
  });

  it('a term that its log is ahead of is raised: entries of the new run are newer than all of these', () => {
    const disk = { ...survivor, values: {} };
    expect(salvage(disk, 'a').image.values).toEqual({ hardState: { currentTerm: 5, votedFor: null } });
  });

  it('changes nothing of what it was given, and refuses what Raft never wrote', () => {
    const before = structuredClone(survivor);
    salvage(survivor, 'a');
    expect(survivor).toEqual(before);
    expect(() => salvage({ ...survivor, values: { hardState: 'x' } }, 'a')).toThrow();
  });
});
