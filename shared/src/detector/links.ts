import type { NodeId } from '../core/index.js';
import { ping } from './heartbeat.js';
import { onLinkLost } from './judging.js';
import type { Step } from './step.js';

/** A tab that says goodbye ends its links at once: that is faster than any silence. */
export function onPeerDown(step: Step, peer: NodeId): void {
  const { members, unlinked } = step.state;
  if (!Object.hasOwn(members, peer)) return;
  unlinked[peer] = true;
  onLinkLost(step, peer);
}

/** Who is taken for dead and has a link again is told so at once, so that it can refute. */
export function onPeerUp(step: Step, peer: NodeId): void {
  const { members, unlinked } = step.state;
  delete unlinked[peer];
  const member = members[peer];
  if (member !== undefined && member.status !== 'alive') ping(step, peer, 0);
}
