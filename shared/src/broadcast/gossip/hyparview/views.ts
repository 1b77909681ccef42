import { assert, type NodeId, nextInt } from '../../../core/index.js';
import { lostMax } from '../limits.js';
import { isActive } from '../state.js';
import { note, type OverlayStep, oneOf, remove, send } from '../step.js';

/** Why a node left the active view: it failed, it said so, or this node made room. */
export type Leaving = 'failed' | 'disconnected' | 'dropped';

/** Asks the host for a link, unless it has been asked. */
export function want(step: OverlayStep, peer: NodeId): void {
  const { wanted } = step.state.membership;
  if (wanted.includes(peer)) return;
  wanted.push(peer);
  step.effects.push({ type: 'connect', peer });
}

/** Lets a link go that neither the active view nor a request needs any more. */
export function release(step: OverlayStep, peer: NodeId): void {
  const { membership } = step.state;
  if (isActive(membership, peer) || isRequested(step, peer)) return;
  if (remove(membership.wanted, peer)) step.effects.push({ type: 'disconnect', peer });
}

export function isRequested({ state }: OverlayStep, peer: NodeId): boolean {
  return state.membership.requests.some((request) => request.peer === peer);
}

/** Algorithm 1, addNodeActiveView: makes room at random where there is none. */
export function addActive(step: OverlayStep, node: NodeId): void {
  const { self, membership, options } = step.state;
  assert(node !== self, 'a node is no neighbour of its own');
  assert(!isActive(membership, node), 'a neighbour is in the active view once');
  if (membership.active.length >= options.activeViewMax) dropRandom(step);
  remove(membership.passive, node);
  // A peer that had failed is back: others may be, too.
  if (remove(membership.lost, node)) membership.probeEvery = 1;
  const asked = membership.requests.findIndex(({ peer }) => peer === node);
  if (asked >= 0) membership.requests.splice(asked, 1);
  membership.active.push({ node, heardAt: step.now });
  membership.fillEvery = 1;
  membership.hasJoined = true;
  want(step, node);
  step.changes.push({ node, up: true });
}

/** Algorithm 1, dropRandomElementFromActiveView. */
function dropRandom(step: OverlayStep): void {
  const { random, active } = step.state.membership;
  const chosen = oneOf(random, active);
  assert(chosen !== null, 'a full view is not empty');
  send(step, chosen.node, { type: 'disconnect' });
  removeActive(step, chosen.node, 'dropped');
}

/** Who failed is looked for again later; who merely left the view stays a candidate. */
export function removeActive(step: OverlayStep, node: NodeId, why: Leaving): void {
  const { membership } = step.state;
  const at = membership.active.findIndex((neighbour) => neighbour.node === node);
  assert(at >= 0, 'only a neighbour leaves the active view');
  membership.active.splice(at, 1);
  step.changes.push({ node, up: false });
  membership.fillIn = 1;
  membership.fillEvery = 1;
  if (why === 'failed') {
    addLost(step, node);
    membership.probeEvery = 1;
  } else {
    addPassive(step, node);
  }
  note(step, 'neighbour-down', { node, why });
  release(step, node);
}

/** Algorithm 1, addNodePassiveView; `expendable` are replaced first (those that were sent to the other). */
export function addPassive(step: OverlayStep, node: NodeId, expendable: readonly NodeId[] = []): void {
  const { self, membership, options } = step.state;
  const { passive, random, lost } = membership;
  // Of peers that failed others go on telling for a while: they are looked for in another way.
  if (node === self || isActive(membership, node) || passive.includes(node) || lost.includes(node)) return;
  if (passive.length >= options.passiveViewMax) {
    const sent = passive.findIndex((candidate) => expendable.includes(candidate));
    passive.splice(sent >= 0 ? sent : nextInt(random, 0, passive.length - 1), 1);
  }
  passive.push(node);
}

/** Keeps a failed peer in mind: where a cut split the overlay, each side has only these to find the other by. */
export function addLost(step: OverlayStep, node: NodeId): void {
  const { lost, passive } = step.state.membership;
  remove(passive, node);
  remove(lost, node);
  lost.push(node);
  if (lost.length > lostMax) lost.shift();
}
