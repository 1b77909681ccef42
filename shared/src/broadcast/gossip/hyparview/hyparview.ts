import { assert, type NodeId, nextInt } from '../../../core/index.js';
import type { MembershipMessage } from '../messages.js';
import { type OverlayStep, sample, setTimer, timers } from '../step.js';
import { hear, onKeepaliveTimeout, setKeepaliveTimer } from './keepalives.js';
import {
  onDisconnect,
  onJoin,
  onKeepalive,
  onLinkDown,
  onLinkUp,
  onNeighbor,
  onNeighborReply,
} from './neighbours.js';
import { fillActiveView, onRepairTimeout } from './repair.js';
import { addPassive } from './views.js';
import { onForwardJoin, onShuffle, onShuffleReply, onShuffleTimeout, setShuffleTimer } from './walks.js';

/** Begins: looks for a contact at the first repair, and with the first link. */
export function startMembership(step: OverlayStep): void {
  const { membership, options } = step.state;
  membership.keepaliveAt = step.now;
  // Those that the run begins with are the first candidates: who begin together would else make overlays of a few each.
  for (const node of sample(membership.random, membership.contacts, options.passiveViewMax))
    addPassive(step, node);
  setKeepaliveTimer(step);
  setShuffleTimer(step);
  // The first one soon: whoever is there when the run begins should be found before anybody says anything.
  setTimer(step, timers.repair, nextInt(membership.random, 0, Math.min(50, options.repairMs)));
}

export function onMembershipMessage(step: OverlayStep, from: NodeId, message: MembershipMessage): void {
  assert(from !== step.state.self, 'a node says nothing to itself');
  hear(step, from);
  switch (message.type) {
    case 'join':
      return onJoin(step, from);
    case 'forwardJoin':
      return onForwardJoin(step, from, message);
    case 'neighbor':
      return onNeighbor(step, from, message);
    case 'neighborReply':
      if (onNeighborReply(step, from, message.accepted)) fillActiveView(step);
      return;
    case 'disconnect':
      if (onDisconnect(step, from)) fillActiveView(step);
      return;
    case 'keepalive':
      return onKeepalive(step, from);
    case 'shuffle':
      return onShuffle(step, from, message);
    case 'shuffleReply':
      return onShuffleReply(step, message);
  }
}

/** Answers whether the timer is one of HyParView's. */
export function onMembershipTimeout(step: OverlayStep, timer: string): boolean {
  switch (timer) {
    case timers.keepalive:
      if (onKeepaliveTimeout(step)) fillActiveView(step);
      return true;
    case timers.repair:
      onRepairTimeout(step);
      return true;
    case timers.shuffle:
      onShuffleTimeout(step);
      return true;
    default:
      return false;
  }
}

export function onPeerUp(step: OverlayStep, peer: NodeId): void {
  onLinkUp(step, peer);
  // Known to be there, and nothing to set up.
  addPassive(step, peer);
  const { active, requests } = step.state.membership;
  if (active.length === 0 && requests.length === 0) fillActiveView(step);
}

/** A link has ended, or a try to get one has failed. */
export function onPeerDown(step: OverlayStep, peer: NodeId): void {
  onLinkDown(step, peer);
  fillActiveView(step);
}
