import { describe, expect, it } from 'vitest';
import type { Status, TabInfo } from '../../api/types.js';
import { canCalm, closedVoters } from './calm.js';
import { countTabs } from './tab-counts.js';
import { waitsFor } from './waiting.js';

const tab = (id: string, change: Partial<TabInfo> = {}): TabInfo => ({
  id,
  name: id,
  self: false,
  host: false,
  coHost: false,
  watching: false,
  link: 'direct',
  presence: 'here',
  lab: 'running',
  hidden: false,
  browser: '',
  roundTripMs: null,
  ...change,
});

const status: Status = {
  protocol: 'raft',
  run: 'r1',
  group: null,
  takesPart: true,
  running: true,
  role: 'follower',
  reign: 2,
  leader: 'a',
  lastIndex: 0,
  commitIndex: 0,
  appliedIndex: 0,
  digest: null,
  voters: ['a', 'b', 'c'],
  incoming: [],
  learners: [],
  salvaged: null,
  pace: 1,
  paused: false,
  traced: 0,
};

const [a, b, c] = [tab('a'), tab('b'), tab('c')];
const closed = (id: string): TabInfo => tab(id, { presence: 'crashed', lab: 'crashed' });

describe('calm', () => {
  it('has nothing to do for a closed tab, which is told apart from a crash by button', () => {
    expect(canCalm(status, [a, b, closed('c')], 0)).toBe(false);
    expect(closedVoters(status, [a, b, closed('c'), closed('d')]).map(({ id }) => id)).toEqual(['c']);
    expect(canCalm(status, [a, tab('b', { lab: 'crashed' }), c], 0)).toBe(true);
  });

  it('has nothing to do for a crash in another group', () => {
    const tabs = [a, b, c, tab('d', { lab: 'crashed' })];
    expect(canCalm(status, tabs, 0)).toBe(true);
    expect(canCalm({ ...status, group: 'Group 1' }, tabs, 0)).toBe(false);
    expect(canCalm({ ...status, group: 'Group 1' }, [a, tab('b', { lab: 'crashed' })], 0)).toBe(true);
  });

  it('ends faults and a pause', () => {
    expect(canCalm(status, [a, b, c], 1)).toBe(true);
    expect(canCalm({ ...status, paused: true }, [a, b, c], 0)).toBe(true);
    expect(canCalm(status, [a, b, c], 0)).toBe(false);
  });
});

describe('the counts above the tabs', () => {
  it('are those of the rows: closed voters vote, who has left is not counted as a tab', () => {
    const tabs = [a, closed('b'), tab('c', { presence: 'left' }), tab('d'), tab('e', { presence: 'left' })];
    expect(countTabs(tabs, status.voters)).toEqual({ here: 2, vote: 3, watch: 1, closed: 1 });
  });
});

describe('what a command waits for', () => {
  it('is a majority where voters are closed or crashed, before it is a leader', () => {
    expect(waitsFor(status, [a, closed('b'), tab('c', { lab: 'crashed' })], null)).toBe('no-majority');
    expect(waitsFor(status, [closed('a'), b, c], null)).toBe('no-leader');
    expect(waitsFor(status, [closed('a'), b, c], 'a')).toBe('no-leader');
    expect(waitsFor(status, [a, b, closed('c')], 'a')).toBe('on-its-way');
    expect(waitsFor({ ...status, paused: true }, [a, b, c], 'a')).toBe('paused');
  });

  it('is a majority of the next voters, too, while they change', () => {
    const changing = { ...status, incoming: ['a', 'd', 'e'] };
    expect(waitsFor(changing, [a, b, c], 'a')).toBe('no-majority');
  });
});
