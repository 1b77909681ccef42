import type { NodeId } from '../../../core/index.js';
import { announcementsMax, graftAnswersMax } from '../limits.js';
import { type Broadcast, type Gossip, type Graft, idOf } from '../messages.js';
import { receive } from '../receipt/receive.js';
import { findStored } from '../receipt/store.js';
import { hasReceived } from '../receipt/streams.js';
import { note, type OverlayStep, send, setTimer, timers } from '../step.js';
import { isNeighbour, makeEager, makeLazy } from './links.js';
import { findMissing, forgetMissing } from './missing.js';
import { mayAnswer } from './quota.js';

/** Algorithm 1, Broadcast: a message of this node's own user. */
export function broadcast(step: OverlayStep, message: Broadcast): void {
  if (receive(step, message, 0)) push(step, { type: 'gossip', message, round: 0, isRepair: false }, null);
}

/** Algorithm 1, Receive(GOSSIP). */
export function onGossip(step: OverlayStep, from: NodeId, gossip: Gossip): void {
  const { tree, receipt } = step.state;
  const { message, round, isRepair } = gossip;
  if (hasReceived(receipt, message)) {
    // A second copy shows that the tree can do without the link it came by; one that went where it was missed shows nothing.
    if (!tree.floods && !isRepair && isNeighbour(tree, from)) {
      makeLazy(tree, from);
      send(step, from, { type: 'prune' });
    }
    return;
  }
  if (!takeIn(step, from, gossip)) return;
  if (!tree.floods && !isRepair && isNeighbour(tree, from)) {
    makeEager(tree, from);
    optimize(step, from, message, round);
  }
  forgetMissing(tree, message);
}

/** Delivers a new message and passes it on. Answers whether it could be taken. */
export function takeIn(
  step: OverlayStep,
  from: NodeId,
  { message, round, isRepair }: Omit<Gossip, 'type'>,
): boolean {
  if (!receive(step, message, round + 1)) return false;
  push(step, { type: 'gossip', message, round: round + 1, isRepair }, from);
  return true;
}

/** Algorithm 4, Optimization: a lazy link by which the message would have come over fewer hops takes the place of the eager one. */
function optimize(step: OverlayStep, from: NodeId, message: Broadcast, round: number): void {
  const { tree, options } = step.state;
  const { optimizationThreshold: threshold } = options;
  if (threshold === 0) return;
  const announcements = findMissing(tree, message)?.announcements ?? [];
  const best = announcements.find(
    (announced) => announced.node !== from && round - announced.round >= threshold,
  );
  if (best === undefined || !isNeighbour(tree, best.node)) return;
  makeEager(tree, best.node);
  makeLazy(tree, from);
  send(step, best.node, { type: 'graft', message: null, round: best.round });
  send(step, from, { type: 'prune' });
  note(step, 'tree-optimized', { from, to: best.node, hops: round, fewer: round - best.round });
}

/** Algorithm 1, EagerPush and LazyPush. */
function push(step: OverlayStep, gossip: Gossip, from: NodeId | null): void {
  const { tree } = step.state;
  for (const node of tree.eager) if (node !== from) send(step, node, gossip);
  if (tree.floods) {
    for (const node of tree.lazy) if (node !== from) send(step, node, gossip);
    return;
  }
  if (!tree.lazy.some((node) => node !== from)) return;
  if (tree.lazyQueue.length === 0) setTimer(step, timers.lazyPush, step.state.options.lazyPushMs);
  tree.lazyQueue.push({ announcement: { ...idOf(gossip.message), round: gossip.round }, except: from });
  if (tree.lazyQueue.length >= announcementsMax) announceQueued(step);
}

/** Algorithm 1, dispatch: what has come together is announced in one message to each lazy peer. */
export function announceQueued(step: OverlayStep): void {
  const { tree } = step.state;
  const queue = tree.lazyQueue.splice(0);
  for (const node of tree.lazy) {
    const announcements = queue.filter(({ except }) => except !== node).map((queued) => queued.announcement);
    if (announcements.length > 0) send(step, node, { type: 'ihave', announcements });
  }
}

/** Algorithm 2, Receive(GRAFT): the link joins the tree; what is asked for goes out if it is still kept. */
export function onGraft(step: OverlayStep, from: NodeId, { message }: Graft): void {
  const { tree, receipt } = step.state;
  if (tree.floods || !isNeighbour(tree, from)) return;
  makeEager(tree, from);
  if (message === null) return;
  const stored = findStored(receipt, message);
  if (stored === null || !mayAnswer(step, from, 'grafts', graftAnswersMax)) return;
  send(step, from, { type: 'gossip', message: stored.message, round: stored.round, isRepair: false });
}

/** Algorithm 1, Receive(PRUNE). */
export function onPrune({ state }: OverlayStep, from: NodeId): void {
  if (!state.tree.floods) makeLazy(state.tree, from);
}
