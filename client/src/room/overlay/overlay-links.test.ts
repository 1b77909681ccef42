import type { NodeId } from '@quorate/shared/core';
import { describe, expect, test } from 'vitest';
import { fullMeshMax, OverlayOrMesh } from './overlay-links.js';

const tabsOf = (count: number): NodeId[] =>
  Array.from({ length: count }, (_, i) => `tab${i}`.padEnd(26, 'a'));

function linksOf(wished: readonly NodeId[] = [], isAlone = false) {
  const overlay = { wished: new Set(wished), isAlone };
  const [self = ''] = tabsOf(1);
  return { self, overlay, links: new OverlayOrMesh(self, 'maple-otter-42', overlay) };
}

describe('a tab is to be linked', () => {
  test('to all of twelve tabs, and to whom the overlay asks for beyond', () => {
    const [, first = '', second = ''] = tabsOf(3);
    const { links } = linksOf([first, second]);
    expect(links.neighbours(tabsOf(fullMeshMax))).toEqual(new Set(tabsOf(fullMeshMax).slice(1)));
    expect(links.neighbours(tabsOf(fullMeshMax + 1))).toEqual(new Set([first, second]));
  });

  test('to two contacts while the overlay has no neighbour, each by other ones', () => {
    const tabs = tabsOf(40);
    const asked = new Map<NodeId, number>();
    for (const self of tabs) {
      const contacts = new OverlayOrMesh(self, 'room', { wished: new Set(), isAlone: true }).neighbours(tabs);
      expect(contacts.size).toBe(2);
      expect(contacts.has(self)).toBe(false);
      for (const contact of contacts) asked.set(contact, (asked.get(contact) ?? 0) + 1);
    }
    expect([...asked.values()]).toEqual(Array.from({ length: 40 }, () => 2));
  });

  test('without flapping where one tab comes and goes at the bound', () => {
    const { links } = linksOf(tabsOf(6).slice(1));
    const sizes = [12, 13, 12, 13, 10, 9, 10, 12].map((count) => links.neighbours(tabsOf(count)).size);
    expect(sizes).toEqual([11, 5, 5, 5, 5, 8, 9, 11]);
  });
});
