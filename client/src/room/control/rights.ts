import type { NodeId } from '@quorate/shared/core';
import type { QuorateErrorCode } from '../../api/types.js';
import type { ChangeKind } from './changes.js';
import type { RoomVersion } from './signed.js';

/** Who somebody is in a room; everybody but the host and its co-hosts is a student, pages that watch included. */
export type Role = 'host' | 'co-host' | 'student';

/** Who may make which change. The lab's are those that students get when they may do everything. */
const whose: { readonly [Kind in ChangeKind]: 'host' | 'co-host' | 'lab' } = {
  start: 'lab',
  split: 'lab',
  stop: 'lab',
  stopGroups: 'lab',
  addServers: 'lab',
  leaveGroup: 'lab',
  salvage: 'lab',
  pause: 'lab',
  reached: 'lab',
  pace: 'lab',
  groupPace: 'lab',
  faults: 'lab',
  introductions: 'lab',
  permit: 'co-host',
  rename: 'co-host',
  remove: 'co-host',
  appoint: 'host',
  dismiss: 'host',
  end: 'host',
};

export function roleOf(version: RoomVersion | null, node: NodeId): Role {
  if (version?.document.host === node) return 'host';
  return version?.charter.coHosts.includes(node) === true ? 'co-host' : 'student';
}

/** Why `node` may not drive the lab: start, faults, pace, other tabs' crashes; null where it may. */
export function labRefusal(version: RoomVersion | null, node: NodeId): QuorateErrorCode | null {
  if (version === null || isRemoved(version, node)) return 'not-host';
  return roleOf(version, node) !== 'student' || version.document.students === 'everything'
    ? null
    : 'not-host';
}

/** Why `node` may not make a change of this kind; null where it may. */
export function changeRefusal(
  version: RoomVersion | null,
  node: NodeId,
  kind: ChangeKind,
): QuorateErrorCode | null {
  const needed = whose[kind];
  if (needed === 'lab') return labRefusal(version, node);
  const role = roleOf(version, node);
  return role === 'host' || (role === 'co-host' && needed === 'co-host') ? null : 'not-host';
}

/** Why `node` may not crash or restart the node `target`; null where it may. */
export function orderRefusal(
  version: RoomVersion | null,
  node: NodeId,
  target: NodeId,
): QuorateErrorCode | null {
  if (node !== target) return labRefusal(version, node);
  // Before a room document has come, a tab is its own.
  if (version === null || roleOf(version, node) !== 'student') return null;
  return version.document.students === 'nothing' ? 'not-allowed' : null;
}

export function isRemoved(version: RoomVersion | null, node: NodeId): boolean {
  return version?.document.removed.includes(node) ?? false;
}
