import { counterMax } from '@quorate/shared/core';
import { describe, expect, test } from 'vitest';
import { Roster, type TabRecord, tabsMax } from './roster.js';

function tab(n: number, change: Partial<TabRecord> = {}): TabRecord {
  return {
    id: `tab${String(n).padStart(20, '0')}`,
    publicKey: null,
    name: `name ${n}`,
    joinedMs: n,
    stamp: 1,
    watching: false,
    hidden: false,
    left: false,
    lab: 'idle',
    browser: 'Chrome, laptop',
    links: [],
    ...change,
  };
}

describe('the roster', () => {
  test('keeps the newest record of each tab, in whatever order they come', () => {
    const roster = new Roster([tab(1, { stamp: 5, hidden: true })]);
    expect(roster.merge(tab(1, { stamp: 4 }))).toBe(false);
    expect(roster.merge(tab(1, { stamp: 5 }))).toBe(false);
    expect(roster.get(tab(1).id)?.hidden).toBe(true);
    expect(roster.merge(tab(1, { stamp: 6, lab: 'crashed' }))).toBe(true);
    expect(roster.get(tab(1).id)?.lab).toBe('crashed');
  });

  test('lets a tab speak whose stamp somebody has driven to the end', () => {
    const roster = new Roster([tab(1, { stamp: counterMax })]);
    expect(roster.merge(tab(1, { stamp: counterMax, lab: 'crashed' }))).toBe(true);
    expect(roster.get(tab(1).id)?.lab).toBe('crashed');
  });

  test('lists tabs in the order of joining, ties by id', () => {
    const roster = new Roster([tab(3), tab(1), tab(2), tab(9, { joinedMs: 2 })]);
    expect(roster.list().map((record) => record.name)).toEqual(['name 1', 'name 2', 'name 9', 'name 3']);
  });

  test('is bounded: who left makes room first, then who has been gone the longest, never who is linked', () => {
    const records = Array.from({ length: tabsMax }, (_, i) => tab(i, { left: i === 7, stamp: 100 + i }));
    const forgotten: string[] = [];
    const roster = new Roster(records, (id) => forgotten.push(id));
    const isLinked = (id: string): boolean => id !== tab(7).id && id !== tab(9).id && id !== tab(8).id;
    expect(roster.merge(tab(1000), isLinked)).toBe(true);
    expect(roster.get(tab(7).id)).toBeUndefined();
    expect(roster.merge(tab(1001), isLinked)).toBe(true);
    expect(roster.get(tab(8).id)).toBeUndefined();
    expect(roster.merge(tab(1002), () => true)).toBe(false);
    expect(roster.list()).toHaveLength(tabsMax);
    expect(forgotten).toEqual([tab(7).id, tab(8).id]);
  });
});
