import type { NodeId } from '../../../core/index.js';
import type { TreeMessage } from '../messages.js';
import { type OverlayStep, timers } from '../step.js';
import { onAntiEntropyTimeout, onDigest, onRepair, sendDigest } from './anti-entropy.js';
import { isNeighbour, neighbourDown, neighbourUp } from './links.js';
import { forgetAnnouncer, onIHave, onMissingTimeout } from './missing.js';
import { announceQueued, onGossip, onGraft, onPrune } from './push.js';

export function onTreeMessage(step: OverlayStep, from: NodeId, message: TreeMessage): void {
  switch (message.type) {
    case 'gossip':
      return onGossip(step, from, message);
    case 'ihave':
      // Who is no neighbour could not be asked: its announcement would only be in the way.
      if (isNeighbour(step.state.tree, from)) onIHave(step, from, message.announcements);
      return;
    case 'graft':
      return onGraft(step, from, message);
    case 'prune':
      return onPrune(step, from);
    case 'digest':
      return onDigest(step, from, message);
    case 'repair':
      return onRepair(step, from, message);
  }
}

export function onTreeTimeout(step: OverlayStep, timer: string): void {
  switch (timer) {
    case timers.lazyPush:
      return announceQueued(step);
    case timers.missing:
      return onMissingTimeout(step);
    case timers.antiEntropy:
      return onAntiEntropyTimeout(step);
    default:
      return;
  }
}

/** Tells the tree what became of the active view in this step. */
export function followMembership(step: OverlayStep): void {
  const { self, options } = step.state;
  for (const { node, up } of step.changes.splice(0)) {
    if (!up) {
      neighbourDown(step, node);
      forgetAnnouncer(step, node);
      continue;
    }
    neighbourUp(step, node);
    // What the two have missed of each other need not wait; one of them begins.
    if (options.antiEntropyMs > 0 && self < node) sendDigest(step, node);
  }
}
