import type { Observation } from '@quorate/shared/core';
import { describe, expect, it } from 'vitest';
import type { TabInfo } from '../../api/types.js';
import { codeOf } from '../front/code.js';
import { labelBox, ringOf } from './geometry.js';
import { isCutOff, lookOf } from './looks.js';
import { paceOfSlider, paces, sliderOfPace, slowdown } from './pace.js';
import { newNode } from './reduce.js';
import { cellAt, columnsOf } from './strip.js';
import { suggestVoters, votersProblem } from './voters.js';

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

const observation: Observation = {
  role: 'follower',
  reign: 3,
  leader: null,
  firstIndex: 3,
  lastIndex: 9,
  commitIndex: 7,
  appliedIndex: 6,
  logReigns: [
    [3, 1],
    [6, 3],
  ],
  detail: {},
};

describe('the log strips', () => {
  it('show a short log whole and fold a long one in the middle', () => {
    expect(columnsOf(4, 12).map((column) => column.kind)).toEqual(['index', 'index', 'index', 'index']);
    const columns = columnsOf(1_000_000, 12);
    expect(columns).toHaveLength(12);
    expect(columns[0]).toEqual({ kind: 'index', index: 1 });
    expect(columns[2]).toEqual({ kind: 'fold', first: 3, last: 999_991 });
    expect(columns.at(-1)).toEqual({ kind: 'index', index: 1_000_000 });
  });

  it('tell compacted, applied, committed and open entries apart, each with its reign', () => {
    expect(cellAt(observation, 2)).toEqual({ kind: 'compacted' });
    expect(cellAt(observation, 5)).toEqual({ kind: 'entry', reign: 1, committed: true, applied: true });
    expect(cellAt(observation, 7)).toEqual({ kind: 'entry', reign: 3, committed: true, applied: false });
    expect(cellAt(observation, 8)).toEqual({ kind: 'entry', reign: 3, committed: false, applied: false });
    expect(cellAt(observation, 10)).toEqual({ kind: 'none' });
  });
});

describe('the look of a node', () => {
  const node = (role: string, reign: number) => ({
    ...newNode('a', 1),
    observation: { ...observation, role, reign },
  });
  const known = { tab: undefined, isCut: false, highestReign: 3 };

  it('is stale for a leader whose reign others have left behind', () => {
    expect(lookOf({ ...known, node: node('leader', 3) })).toBe('leader');
    expect(lookOf({ ...known, node: node('leader', 2) })).toBe('stale-leader');
  });

  it('tells crashed, left, silent and cut off apart', () => {
    const follower = node('follower', 3);
    expect(lookOf({ ...known, node: follower, tab: tab('a', { presence: 'crashed' }) })).toBe('crashed');
    expect(lookOf({ ...known, node: follower, tab: tab('a', { lab: 'crashed' }) })).toBe('crashed');
    expect(lookOf({ ...known, node: follower, tab: tab('a', { presence: 'left' }) })).toBe('left');
    expect(lookOf({ ...known, node: follower, tab: tab('a', { link: 'silent' }) })).toBe('silent');
    expect(lookOf({ ...known, node: follower, tab: tab('a', { link: 'indirect' }) })).toBe('running');
    expect(lookOf({ ...known, node: follower, isCut: true })).toBe('cut');
    expect(lookOf({ ...known, node: follower })).toBe('running');
  });

  it('is cut off only when no link is whole', () => {
    const cut = (from: string, to: string) => ({
      id: from + to,
      fault: { kind: 'cut' as const, from, to },
      touched: 0,
    });
    expect(isCutOff('a', ['a', 'b', 'c'], [cut('a', 'b')])).toBe(false);
    expect(isCutOff('a', ['a', 'b', 'c'], [cut('a', 'b'), cut('c', 'a')])).toBe(true);
    expect(isCutOff('a', ['a', 'b', 'c'], [cut('*', 'a')])).toBe(true);
  });
});

describe('the voters suggested', () => {
  it('are visible and directly linked tabs, an odd number', () => {
    const tabs = [
      tab('a', { link: 'self' }),
      tab('b', { hidden: true }),
      tab('c'),
      tab('d', { link: 'relayed' }),
      tab('e'),
      tab('f'),
    ];
    expect(suggestVoters(tabs)).toEqual(['a', 'c', 'e']);
  });

  it('need no link to this tab: in a large room others reach them', () => {
    const tabs = [tab('a', { link: 'self' }), tab('b', { link: 'indirect' }), tab('c')];
    expect(suggestVoters(tabs)).toEqual(['a', 'b', 'c']);
  });

  it('leave out who watches, left or crashed, and are one where two would survive nothing', () => {
    const gone = [
      tab('w', { watching: true }),
      tab('x', { presence: 'left' }),
      tab('y', { presence: 'crashed' }),
    ];
    expect(suggestVoters([tab('a', { link: 'self' }), tab('b'), ...gone])).toEqual(['a']);
    expect(votersProblem(['a', 'b'])).toBe('two');
    expect(votersProblem(['a'])).toBeNull();
  });
});

describe('the pace slider', () => {
  it('steps through named paces, from real time to 1/1000', () => {
    expect(paceOfSlider(0)).toBe(1);
    expect(slowdown(paceOfSlider(paces.length - 1))).toBe(1000);
    for (const pace of paces) expect(paceOfSlider(sliderOfPace(pace))).toBe(pace);
  });

  it('stands at the nearest step for a pace in between, so that the next key is another pace', () => {
    expect(paceOfSlider(sliderOfPace(1 / 18))).toBe(1 / 20);
    expect(paceOfSlider(sliderOfPace(1 / 900))).toBe(1 / 1000);
  });
});

describe('the ring', () => {
  it('keeps discs apart and inside for any number of nodes on any screen', () => {
    for (const count of [1, 2, 3, 5, 9, 30]) {
      for (const [width, height] of [
        [340, 300],
        [470, 280],
        [640, 460],
        [1100, 700],
      ] as const) {
        const { places, disc } = ringOf(count, width, height, 14);
        for (const [i, a] of places.entries()) {
          expect(a.x - disc).toBeGreaterThanOrEqual(0);
          expect(a.x + disc).toBeLessThanOrEqual(width);
          expect(a.y - disc).toBeGreaterThanOrEqual(0);
          expect(a.y + disc).toBeLessThanOrEqual(height);
          const b = places[(i + 1) % count];
          if (b !== undefined && b !== a) expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(2 * disc);
        }
      }
    }
  });
});

describe('the labels of the ring', () => {
  it('touch no disc and no edge, on a phone as on a projector', () => {
    for (const count of [1, 2, 3, 4, 5, 6, 7, 9]) {
      for (const [width, height, fontPx] of [
        [350, 364, 14],
        [452, 290, 14],
        [560, 460, 14],
        [860, 780, 33],
        [1100, 700, 14],
      ] as const) {
        const { places, disc, isCrowded } = ringOf(count, width, height, fontPx);
        if (isCrowded) continue;
        for (const place of places) {
          const box = labelBox(place, disc, fontPx);
          expect(box.left).toBeGreaterThanOrEqual(-0.001);
          expect(box.right).toBeLessThanOrEqual(width + 0.001);
          expect(box.bottom).toBeLessThanOrEqual(height + 0.001);
          for (const other of places) {
            const x = Math.max(box.left - other.x, 0, other.x - box.right);
            const y = Math.max(box.top - other.y, 0, other.y - box.bottom);
            expect(Math.hypot(x, y)).toBeGreaterThan(disc);
          }
        }
      }
    }
  });

  it('tell states for up to seven nodes on every screen', () => {
    for (const count of [3, 5, 7]) {
      for (const [width, height, fontPx] of [
        [350, 364, 14],
        [452, 290, 14],
        [860, 780, 33],
      ] as const) {
        const { isCrowded, disc } = ringOf(count, width, height, fontPx);
        expect({ count, width, isCrowded }).toEqual({ count, width, isCrowded: false });
        expect(disc).toBeGreaterThan(fontPx);
      }
    }
  });
});

describe('the code a person types', () => {
  it('may be a link, a code with spaces, or in capitals', () => {
    expect(codeOf('http://192.168.1.20:3000/?room=maple-otter-42&name=x')).toBe('maple-otter-42');
    expect(codeOf(' Maple Otter 42 ')).toBe('maple-otter-42');
    expect(codeOf('?room=%ZZ')).toBe('%zz');
  });
});
