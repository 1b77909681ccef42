import type { NodeId } from '@quorate/shared/core';
import type { Member } from '../members.js';

/** What a link of an overlay's tree carries: payloads (`eager`), or only word of them (`lazy`). */
export type OverlayLink = 'eager' | 'lazy';

/**
 * The links of the overlay by their two ends, in the order of the ring; eager where one end says so at least. Null where
 * the protocol keeps no overlay.
 */
export function overlayOf(members: readonly Member[]): ReadonlyMap<string, OverlayLink> | null {
  const views = members.flatMap(({ id, node, look }) => {
    const eager = node?.observation?.detail['eager'];
    const lazy = node?.observation?.detail['lazy'];
    if (typeof eager !== 'string' || typeof lazy !== 'string') return [];
    return look === 'crashed' || look === 'left' ? [] : [{ id, eager: words(eager), lazy: words(lazy) }];
  });
  if (views.length === 0) return null;
  const links = new Map<string, OverlayLink>();
  for (const { id, lazy } of views) for (const other of lazy) links.set(linkKey(id, other), 'lazy');
  for (const { id, eager } of views) for (const other of eager) links.set(linkKey(id, other), 'eager');
  return links;
}

export function linkKey(a: NodeId, b: NodeId): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

function words(text: string): string[] {
  return text === '' ? [] : text.split(' ');
}
