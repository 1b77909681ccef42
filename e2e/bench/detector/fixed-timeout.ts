import type { Seen } from './seen.js';

/** The textbook's detector, run over what a node of the measured one has heard: it suspects after a fixed silence. */

/**
 * When it would have suspected `node`, ms: so long after the last word before `untilMs`, or at the end of the link, which it
 * believes at once. Null when it heard nothing of it.
 */
export function suspectsAt(
  seen: readonly Seen[],
  node: string,
  timeoutMs: number,
  untilMs: number,
): number | null {
  const heard = lastHeardMs(seen, node, untilMs);
  if (heard === null) return null;
  const ended = seen.find(
    (one) => one.node === node && one.what === 'link-ended' && one.atMs >= heard && one.atMs <= untilMs,
  );
  return Math.min(heard + timeoutMs, ended?.atMs ?? Number.POSITIVE_INFINITY);
}

/** When a node was last heard of before `untilMs`; null for never. */
export function lastHeardMs(seen: readonly Seen[], node: string, untilMs: number): number | null {
  return (
    seen.findLast((one) => one.node === node && one.what === 'heard' && one.atMs < untilMs)?.atMs ?? null
  );
}

/** How often it would have suspected somebody who goes on speaking: silences that were longer, between two words. */
export function falseSuspicions(seen: readonly Seen[], timeoutMs: number): number {
  const last = new Map<string, number>();
  let count = 0;
  for (const { what, node, atMs } of seen) {
    if (what !== 'heard') continue;
    const before = last.get(node);
    if (before !== undefined && atMs - before > timeoutMs) count += 1;
    last.set(node, atMs);
  }
  return count;
}
