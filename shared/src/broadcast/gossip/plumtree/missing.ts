import type { NodeId } from '../../../core/index.js';
import { missingMax, missingPerPeerMax } from '../limits.js';
import { type Announcement, idOf, type MessageId, messageKey } from '../messages.js';
import { hasReceived } from '../receipt/streams.js';
import type { Missing, Tree } from '../state.js';
import { note, type OverlayStep, send, setTimer, timers } from '../step.js';
import { makeEager } from './links.js';

/** Algorithm 2, Receive(IHAVE): what is announced and has not come by then is asked for. */
export function onIHave(step: OverlayStep, from: NodeId, announcements: readonly Announcement[]): void {
  const { tree, receipt } = step.state;
  let room = missingPerPeerMax - announcedBy(tree, from, announcements.length);
  for (const announcement of announcements) {
    if (hasReceived(receipt, announcement)) continue;
    // What does not fit is not forgotten: digests tell of it later.
    if (room <= 0) break;
    if (announce(step, from, announcement)) room -= 1;
  }
  armTimer(step);
}

/** How many announcements of this peer there are; a peer that says little is not counted. */
function announcedBy(tree: Tree, peer: NodeId, more: number): number {
  if (tree.missingCount + more <= missingPerPeerMax) return tree.missingCount;
  let count = 0;
  for (const { announcements } of Object.values(tree.missing)) {
    if (announcements.some(({ node }) => node === peer)) count += 1;
  }
  return count;
}

function announce({ state, now }: OverlayStep, from: NodeId, announcement: Announcement): boolean {
  const { tree, options } = state;
  const key = messageKey(announcement);
  const { round } = announcement;
  const known = findMissing(tree, announcement);
  if (known !== null) {
    if (known.announcements.some(({ node }) => node === from)) return false;
    known.announcements.push({ node: from, round });
    return true;
  }
  if (tree.missingCount >= missingMax) return false;
  tree.missing[key] = {
    id: idOf(announcement),
    announcements: [{ node: from, round }],
    dueAt: now + options.ihaveTimeoutMs,
  };
  tree.missingCount += 1;
  return true;
}

export function findMissing(tree: Tree, id: MessageId): Missing | null {
  const key = messageKey(id);
  return Object.hasOwn(tree.missing, key) ? (tree.missing[key] ?? null) : null;
}

/** It has come, or nobody is left to ask for it. */
export function forgetMissing(tree: Tree, id: MessageId): void {
  const key = messageKey(id);
  if (!Object.hasOwn(tree.missing, key)) return;
  delete tree.missing[key];
  tree.missingCount -= 1;
}

/** Algorithm 2, Timer: asks who announced it first, which makes that link one of the tree, and then the next one. */
export function onMissingTimeout(step: OverlayStep): void {
  const { tree, options } = step.state;
  tree.missingDueAt = null;
  for (const missing of Object.values(tree.missing)) {
    if (missing.dueAt > step.now) continue;
    const first = missing.announcements.shift();
    if (first === undefined) {
      // Anti-entropy is left.
      note(step, 'message-given-up', { ...missing.id });
      forgetMissing(tree, missing.id);
      continue;
    }
    missing.dueAt = step.now + options.graftTimeoutMs;
    makeEager(tree, first.node);
    note(step, 'graft', { to: first.node, ...missing.id });
    send(step, first.node, { type: 'graft', message: missing.id, round: first.round });
  }
  armTimer(step);
}

/** Sets the timer to the earliest that is due, unless it is. */
function armTimer(step: OverlayStep): void {
  const { tree } = step.state;
  let dueAt = Number.POSITIVE_INFINITY;
  for (const missing of Object.values(tree.missing)) dueAt = Math.min(dueAt, missing.dueAt);
  if (dueAt >= (tree.missingDueAt ?? Number.POSITIVE_INFINITY)) return;
  tree.missingDueAt = dueAt;
  setTimer(step, timers.missing, Math.max(0, dueAt - step.now));
}

/** A neighbour has gone: it is asked for nothing any more. */
export function forgetAnnouncer({ state }: OverlayStep, node: NodeId): void {
  const { tree } = state;
  for (const { announcements } of Object.values(tree.missing)) {
    const at = announcements.findIndex((announcement) => announcement.node === node);
    if (at >= 0) announcements.splice(at, 1);
  }
}
