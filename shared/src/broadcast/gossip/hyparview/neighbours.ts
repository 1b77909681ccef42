import type { NodeId } from '../../../core/index.js';
import { refusedMax, requestsMax } from '../limits.js';
import type { Neighbor } from '../messages.js';
import { isActive, type Request } from '../state.js';
import { note, type OverlayStep, remove, send } from '../step.js';
import { addActive, addLost, addPassive, isRequested, release, removeActive, want } from './views.js';

/**
 * Asks a peer to be a neighbour, now or once there is a link. Answers whether it was asked: not when it is one, is being
 * asked already, or too many are.
 */
export function requestNeighbour(step: OverlayStep, peer: NodeId, ask: Request['ask']): boolean {
  const { self, membership, options } = step.state;
  if (peer === self || isActive(membership, peer) || isRequested(step, peer)) return false;
  if (membership.requests.length >= requestsMax) return false;
  const deadlineAt = step.now + options.neighborTimeoutMs;
  const request: Request = { peer, ask, sent: false, deadlineAt };
  membership.requests.push(request);
  want(step, peer);
  if (membership.linked.includes(peer)) sendRequest(step, request);
  return true;
}

function sendRequest(step: OverlayStep, request: Request): void {
  request.sent = true;
  request.deadlineAt = step.now + step.state.options.neighborTimeoutMs;
  const { peer, ask } = request;
  send(step, peer, ask === 'join' ? { type: 'join' } : { type: 'neighbor', priority: ask });
}

/** Algorithm 1, Receive(JOIN): takes the newcomer in whatever the cost, and sends it for a walk from each neighbour. */
export function onJoin(step: OverlayStep, from: NodeId): void {
  const { membership, options } = step.state;
  const isNew = !isActive(membership, from);
  accept(step, from);
  // Who asks again has lost the answer; its walks are under way.
  if (!isNew) return;
  for (const { node } of membership.active) {
    if (node === from) continue;
    send(step, node, { type: 'forwardJoin', newNode: from, timeToLive: options.activeWalkLength });
  }
}

/** Active view management: high priority is never refused, low priority where there is no room. */
export function onNeighbor(step: OverlayStep, from: NodeId, { priority }: Neighbor): void {
  const { membership, options } = step.state;
  const hasRoom = isActive(membership, from) || membership.active.length < options.activeViewMax;
  if (priority === 'high' || hasRoom) return accept(step, from);
  addPassive(step, from);
  send(step, from, { type: 'neighborReply', accepted: false });
}

function accept(step: OverlayStep, from: NodeId): void {
  const { membership } = step.state;
  const neighbour = membership.active.find(({ node }) => node === from);
  if (neighbour === undefined) {
    addActive(step, from);
  } else {
    // It does not know this node as a neighbour any more: it has restarted, or a message was lost. To the tree it is new.
    neighbour.heardAt = step.now;
    step.changes.push({ node: from, up: false }, { node: from, up: true });
  }
  send(step, from, { type: 'neighborReply', accepted: true });
}

/** The answer to a request. Answers whether the active view can do with another candidate now. */
export function onNeighborReply(step: OverlayStep, from: NodeId, accepted: boolean): boolean {
  const { membership } = step.state;
  if (!isRequested(step, from)) {
    // Late, when this node has turned elsewhere: the other must not go on alone.
    if (accepted && !isActive(membership, from)) send(step, from, { type: 'disconnect' });
    return false;
  }
  if (accepted) {
    established(step, from);
    return true;
  }
  refuse(step, from);
  return true;
}

/** The peer says that this node is its neighbour, in whichever words. */
function established(step: OverlayStep, from: NodeId): void {
  const { membership, options } = step.state;
  const request = membership.requests.find(({ peer }) => peer === from);
  const isFull = membership.active.length >= options.activeViewMax;
  if (request?.ask === 'low' && isFull) {
    // The room was taken meanwhile, and this link is worth no other.
    refuse(step, from);
    send(step, from, { type: 'disconnect' });
    return;
  }
  addActive(step, from);
}

function refuse(step: OverlayStep, from: NodeId): void {
  const { membership } = step.state;
  drop(step, from);
  remove(membership.lost, from);
  addPassive(step, from);
  avoid(step, from);
}

/** Not to be asked again at once. */
function avoid(step: OverlayStep, peer: NodeId): void {
  const { refused } = step.state.membership;
  if (!refused.includes(peer) && refused.length < refusedMax) refused.push(peer);
}

/** Takes a request back, however it ended. */
function drop(step: OverlayStep, peer: NodeId): void {
  const { requests } = step.state.membership;
  const at = requests.findIndex((request) => request.peer === peer);
  if (at >= 0) requests.splice(at, 1);
  release(step, peer);
}

/** A candidate can't be reached, or does not answer: it is taken out of the passive view. */
export function failRequest(step: OverlayStep, peer: NodeId): void {
  drop(step, peer);
  addLost(step, peer);
  note(step, 'candidate-failed', { node: peer });
}

/** Algorithm 1, Receive(DISCONNECT). Answers whether the active view has shrunk, or a candidate has refused. */
export function onDisconnect(step: OverlayStep, from: NodeId): boolean {
  if (isActive(step.state.membership, from)) {
    removeActive(step, from, 'disconnected');
    avoid(step, from);
    return true;
  }
  const request = step.state.membership.requests.find(({ peer }) => peer === from);
  // One that was not sent yet can't be what this answers.
  if (request?.sent !== true) return false;
  refuse(step, from);
  return true;
}

/** Each says to its neighbours that they are; who does not think so says that, and the views come to agree. */
export function onKeepalive(step: OverlayStep, from: NodeId): void {
  const { membership } = step.state;
  if (isActive(membership, from)) return;
  const request = membership.requests.find(({ peer }) => peer === from);
  if (request?.sent === true) established(step, from);
  else send(step, from, { type: 'disconnect' });
}

/** A link is there: what waited for it goes out. */
export function onLinkUp(step: OverlayStep, peer: NodeId): void {
  const { membership } = step.state;
  if (!membership.linked.includes(peer)) membership.linked.push(peer);
  const request = membership.requests.find((one) => one.peer === peer);
  if (request !== undefined && !request.sent) sendRequest(step, request);
  if (!membership.lost.includes(peer)) return;
  // Next in turn, and soon.
  remove(membership.lost, peer);
  membership.lost.unshift(peer);
  membership.probeIn = 1;
  membership.probeEvery = 1;
}

/** A link has ended, or could not be made. */
export function onLinkDown(step: OverlayStep, peer: NodeId): void {
  const { membership } = step.state;
  remove(membership.linked, peer);
  if (isActive(membership, peer)) removeActive(step, peer, 'failed');
  else if (isRequested(step, peer)) failRequest(step, peer);
}
