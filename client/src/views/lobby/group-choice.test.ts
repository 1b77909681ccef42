import { beforeEach, expect, test } from 'vitest';
import type { TabInfo } from '../../api/types.js';
import { groupChoice, planProblem } from './group-choice.js';

const tabs = (...ids: string[]): TabInfo[] =>
  ids.map((id) => ({
    id,
    name: id,
    self: false,
    host: false,
    coHost: false,
    watching: false,
    link: 'direct',
    presence: 'here',
    lab: 'idle',
    hidden: false,
    browser: '',
    roundTripMs: null,
  }));
const seven = tabs('a', 'b', 'c', 'd', 'e', 'f', 'g');

beforeEach(() => groupChoice.choose(null));

test('it is one cluster until groups are chosen', () => {
  expect(groupChoice.plan(seven)).toBeNull();
  groupChoice.choose(3);
  expect(groupChoice.plan(seven)).toEqual({
    groups: [
      ['a', 'b', 'c'],
      ['d', 'e', 'f'],
    ],
    rest: ['g'],
  });
});

test('a suggestion follows who comes and goes; what was made by hand keeps everybody where they are', () => {
  groupChoice.choose(3);
  expect(groupChoice.plan(tabs('b', 'c', 'd', 'e', 'f', 'g'))?.groups[0]).toEqual(['b', 'c', 'd']);
  const plan = groupChoice.plan(seven);
  if (plan === null) throw new Error('groups were chosen');
  groupChoice.move(plan, 'a', 1);
  expect(groupChoice.isByHand).toBe(true);
  expect(groupChoice.plan(tabs('a', 'b', 'd', 'e', 'f', 'g', 'h'))).toEqual({
    groups: [['b'], ['d', 'e', 'f', 'a']],
    rest: ['g', 'h'],
  });
  groupChoice.suggest();
  expect(groupChoice.plan(seven)).toEqual(plan);
});

test('a group that nobody is in any more is none, and a new one is the last', () => {
  const move = (node: string, group: number | null): void => {
    const plan = groupChoice.plan(tabs('a', 'b', 'c', 'd'));
    if (plan !== null) groupChoice.move(plan, node, group);
  };
  groupChoice.choose(3);
  move('d', 1);
  expect(groupChoice.plan(tabs('a', 'b', 'c', 'd'))?.groups).toEqual([['a', 'b', 'c'], ['d']]);
  move('d', null);
  expect(groupChoice.plan(tabs('a', 'b', 'c', 'd'))).toEqual({ groups: [['a', 'b', 'c']], rest: ['d'] });
});

test('the first group that can’t start says why', () => {
  const ten = Array.from({ length: 10 }, (_, i) => `t${i}`);
  expect(planProblem({ groups: [], rest: ['a'] })).toEqual({ why: 'none', group: 0 });
  expect(planProblem({ groups: [['a'], ['b', 'c'], ten], rest: [] })).toEqual({ why: 'two', group: 2 });
  expect(planProblem({ groups: [['a'], ten], rest: [] })).toEqual({ why: 'many', group: 2 });
  expect(planProblem({ groups: [['a'], ['b', 'c', 'd']], rest: [] })).toBeNull();
});
