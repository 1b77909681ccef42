import type { NodeId } from '@quorate/shared/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fullMeshMax, RingOverlay } from './overlay-links.js';

const tabsOf = (count: number): NodeId[] =>
  Array.from({ length: count }, (_, i) => `tab${i}`.padEnd(26, 'a'));

/** Every tab's neighbours, all with the same room before their eyes. */
function linksOf(tabs: readonly NodeId[], seed = 'maple-otter-42') {
  return new Map(tabs.map((self) => [self, new RingOverlay(self, seed).neighbours(tabs)]));
}

/** How many links the farthest tab is away, or null where some can't be reached at all. */
function depth(links: ReadonlyMap<NodeId, ReadonlySet<NodeId>>, from: NodeId): number | null {
  let edge = [from];
  const seen = new Set(edge);
  for (let steps = 0; edge.length > 0; steps += 1) {
    if (seen.size === links.size) return steps;
    edge = edge
      .flatMap((tab) => [...(links.get(tab) ?? [])])
      .filter((tab) => links.has(tab) && !seen.has(tab));
    for (const tab of edge) seen.add(tab);
  }
  return null;
}

describe('the links of the overlay', () => {
  test('are all links up to twelve tabs, and at most six for each tab beyond', () => {
    for (const neighbours of linksOf(tabsOf(fullMeshMax)).values())
      expect(neighbours.size).toBe(fullMeshMax - 1);
    for (const count of [13, 40, 256])
      for (const neighbours of linksOf(tabsOf(count)).values()) {
        expect(neighbours.size).toBeGreaterThanOrEqual(2);
        expect(neighbours.size).toBeLessThanOrEqual(6);
      }
  });

  test('are chosen by both their ends, and join all tabs of any room, in few steps', () => {
    fc.assert(
      fc.property(fc.integer({ min: 13, max: 60 }), fc.string(), (count, seed) => {
        const tabs = tabsOf(count);
        const links = linksOf(tabs, seed);
        for (const [tab, neighbours] of links)
          for (const neighbour of neighbours) expect(links.get(neighbour)?.has(tab)).toBe(true);
        const deepest = depth(links, tabs[0] ?? '');
        expect(deepest).not.toBeNull();
        expect(deepest).toBeLessThanOrEqual(7);
      }),
      { numRuns: 30 },
    );
  });

  test('still join those that are left when a quarter of forty have closed at once, before anything is mended', () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const links = linksOf(tabsOf(40), `${seed}`);
      for (const closed of tabsOf(40).slice(seed, seed + 10)) links.delete(closed);
      const [first] = links.keys();
      expect(depth(links, first ?? '')).not.toBeNull();
    }
  });

  test('move little when a tab comes', () => {
    const [before, after] = [linksOf(tabsOf(40)), linksOf(tabsOf(41))];
    let moved = 0;
    for (const [tab, neighbours] of before)
      for (const neighbour of neighbours) if (!after.get(tab)?.has(neighbour)) moved += 1;
    expect(moved).toBeLessThanOrEqual(6);
  });

  test('do not flap where one tab comes and goes at the bound', () => {
    const [self = ''] = tabsOf(1);
    const overlay = new RingOverlay(self, 'room');
    const sizes = [12, 13, 12, 13, 10, 9, 10, 12].map((count) => overlay.neighbours(tabsOf(count)).size);
    expect(sizes[0]).toBe(11);
    expect(Math.max(...sizes.slice(1, 5))).toBeLessThanOrEqual(6);
    expect(sizes.slice(5)).toEqual([8, 9, 11]);
  });
});
