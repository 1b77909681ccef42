import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupsMax, moveTo, planGroups } from './plan-groups.js';
import type { TabInfo } from './types.js';

const tab = (id: string, change: Partial<TabInfo> = {}): TabInfo => ({
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
  ...change,
});
const many = (count: number): TabInfo[] =>
  Array.from({ length: count }, (_, i) => tab(`t${i}`, { host: i === 0 }));

describe('a plan of groups', () => {
  test('makes of twenty-four tabs four groups of five, and the rest watch, the host among them', () => {
    const { groups, rest } = planGroups(many(24), 5);
    expect(groups.map((group) => group.length)).toEqual([5, 5, 5, 5]);
    expect(groups[0]).toEqual(['t1', 't2', 't3', 't4', 't5']);
    expect(rest).toEqual(['t0', 't21', 't22', 't23']);
  });

  test('has the host take part where nobody is left', () => {
    expect(planGroups(many(6), 3)).toEqual({
      groups: [
        ['t0', 't1', 't2'],
        ['t3', 't4', 't5'],
      ],
      rest: [],
    });
  });

  test('takes those first that are visible and easily reached', () => {
    const tabs = [
      tab('a', { hidden: true }),
      tab('b', { link: 'connecting' }),
      tab('c', { host: true }),
      tab('d', { watching: true }),
      tab('e', { presence: 'crashed' }),
      tab('f'),
      tab('g', { link: 'indirect' }),
    ];
    expect(planGroups(tabs, 3)).toEqual({ groups: [['c', 'f', 'g']], rest: ['a', 'b'] });
  });

  test('puts everybody who can into one place, and makes whole groups alone', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 80 }), fc.integer({ min: 1, max: 9 }), (count, size) => {
        const { groups, rest } = planGroups(many(count), size);
        expect(new Set([...groups.flat(), ...rest]).size).toBe(count);
        expect(groups.flat().length + rest.length).toBe(count);
        expect(groups.every((group) => group.length === size)).toBe(true);
        expect(groups.length).toBeLessThanOrEqual(groupsMax);
        if (groups.length < groupsMax) expect(rest.length).toBeLessThan(size);
      }),
    );
  });

  test('is changed by hand, one tab at a time', () => {
    const plan = { groups: [['a', 'b'], ['c']], rest: ['d'] };
    expect(moveTo(plan, 'a', 1)).toEqual({ groups: [['b'], ['c', 'a']], rest: ['d'] });
    expect(moveTo(plan, 'a', null)).toEqual({ groups: [['b'], ['c']], rest: ['d', 'a'] });
    expect(moveTo(plan, 'd', 2)).toEqual({ groups: [['a', 'b'], ['c'], ['d']], rest: [] });
    expect(moveTo(plan, 'c', 1)).toEqual(plan);
  });
});
