import type { NodeId } from '../../../core/index.js';
import { backoffMax, refusalsMax } from '../limits.js';
import { isActive, type Membership } from '../state.js';
import { jittered, type OverlayStep, oneOf, setTimer, timers } from '../step.js';
import { failRequest, requestNeighbour } from './neighbours.js';
import { isRequested } from './views.js';

/** Active view management: asks candidates until the view is full or none is left, as many at a time as there is room for. */
export function fillActiveView(step: OverlayStep): void {
  const { membership, options } = step.state;
  const isAlone = membership.active.length === 0 && membership.requests.length === 0;
  if (isAlone && !membership.hasJoined) return joinAnew(step);
  for (;;) {
    const open = membership.active.length + membership.requests.length;
    if (open >= options.activeViewMax || membership.refused.length >= refusalsMax) return;
    const candidate = oneOf(
      membership.random,
      membership.passive.filter((node) => !membership.refused.includes(node) && !isRequested(step, node)),
    );
    if (candidate === null) break;
    if (!requestNeighbour(step, candidate, membership.active.length === 0 ? 'high' : 'low')) return;
  }
  if (membership.active.length === 0 && membership.requests.length === 0) joinAnew(step);
}

/** Who has lost everybody, or has just come, begins at a contact: a peer with a link, or one that the run began with. */
function joinAnew(step: OverlayStep): void {
  const { self, membership } = step.state;
  const { linked, contacts, lost, random } = membership;
  const near = linked.filter((node) => !lost.includes(node));
  const contact = oneOf(
    random,
    near.length > 0 ? near : [...contacts, ...lost].filter((node) => node !== self),
  );
  if (contact !== null) requestNeighbour(step, contact, 'join');
}

export function setRepairTimer(step: OverlayStep): void {
  const { membership, options } = step.state;
  setTimer(step, timers.repair, jittered(membership.random, options.repairMs));
}

/** Gives up who did not answer, fills the view, and looks for peers that failed. */
export function onRepairTimeout(step: OverlayStep): void {
  const { membership } = step.state;
  const late = membership.requests.filter(({ deadlineAt }) => deadlineAt <= step.now);
  for (const { peer } of late) failRequest(step, peer);
  membership.fillIn -= 1;
  if (membership.fillIn <= 0 || membership.active.length === 0) {
    membership.fillIn = membership.fillEvery;
    membership.fillEvery = Math.min(backoffMax, membership.fillEvery * 2);
    membership.refused.length = 0;
    fillActiveView(step);
  }
  probeLost(step);
  setRepairTimer(step);
}

/**
 * Beyond the paper, which looks for nobody who has failed: asks one lost peer with high priority. Where a cut has healed,
 * both sides have full views, and nothing else would make one overlay of them.
 */
function probeLost(step: OverlayStep): void {
  const { membership } = step.state;
  membership.probeIn -= 1;
  if (membership.probeIn > 0) return;
  const peer = membership.lost.find((node) => !isActive(membership, node) && !isRequested(step, node));
  if (peer === undefined) return;
  membership.probeIn = membership.probeEvery;
  membership.probeEvery = Math.min(backoffMax, membership.probeEvery * 2);
  moveBack(membership, peer);
  requestNeighbour(step, peer, 'high');
}

function moveBack({ lost }: Membership, peer: NodeId): void {
  lost.splice(lost.indexOf(peer), 1);
  lost.push(peer);
}
