import type { NodeId } from '../../../core/index.js';
import { type OverlayStep, send, setTimer, timers } from '../step.js';
import { removeActive } from './views.js';

export function setKeepaliveTimer(step: OverlayStep): void {
  setTimer(step, timers.keepalive, step.state.options.keepaliveMs);
}

/** Any message is a sign of life. */
export function hear({ state, now }: OverlayStep, from: NodeId): void {
  const neighbour = state.membership.active.find(({ node }) => node === from);
  if (neighbour !== undefined) neighbour.heardAt = now;
}

/** Tells each neighbour that it is one, and gives up those that have been silent for too long. Answers whether any was. */
export function onKeepaliveTimeout(step: OverlayStep): boolean {
  const { membership, options } = step.state;
  const { keepaliveMs, keepaliveMissesMax } = options;
  // A node that stood still itself has heard nobody: that is no fault of theirs.
  if (step.now - membership.keepaliveAt > 2 * keepaliveMs) forgive(step);
  membership.keepaliveAt = step.now;
  const silentMs = keepaliveMs * (keepaliveMissesMax + 1);
  const silent = membership.active.filter(({ heardAt }) => step.now - heardAt > silentMs);
  for (const { node } of silent) {
    // A link that is cut in one direction alone still carries this.
    send(step, node, { type: 'disconnect' });
    removeActive(step, node, 'failed');
  }
  for (const { node } of membership.active) send(step, node, { type: 'keepalive' });
  setKeepaliveTimer(step);
  return silent.length > 0;
}

/** What was believed about time is void: everybody gets the whole time again. */
export function forgive(step: OverlayStep): void {
  const { membership, options } = step.state;
  for (const neighbour of membership.active) neighbour.heardAt = step.now;
  for (const request of membership.requests) request.deadlineAt = step.now + options.neighborTimeoutMs;
  membership.keepaliveAt = step.now;
}
