import type { NodeId } from '@quorate/shared/core';
import { removeDisk } from '../disk/index.js';
import { heldNow, takeHold } from './hold.js';
import { identityStore } from './store.js';

/** Someone this browser can come back as. */
export type KeptIdentity = {
  readonly room: string;
  readonly name: string;
  readonly nodeId: NodeId;
  /** Ms since 1970. */
  readonly lastUsedMs: number;
  /** A tab of this browser is this node now, as far as that can be known without asking it. */
  readonly held: boolean;
};

/** A live tab is that node: it has to be closed, or to leave, first. */
export class IdentityHeld extends Error {
  override readonly name = 'IdentityHeld';
}

/** The identities that this browser keeps, the last used first. */
export async function keptIdentities(): Promise<readonly KeptIdentity[]> {
  const [records, isHeld] = await Promise.all([(await identityStore()).getAll('identities'), heldNow()]);
  return records
    .map(({ room, name, nodeId, lastUsedMs }) => ({
      room,
      name,
      nodeId,
      lastUsedMs,
      held: isHeld(room, name),
    }))
    .sort((a, b) => b.lastUsedMs - a.lastUsedMs);
}

/** Removes an identity and its disk; one that isn't kept is no error. Throws `IdentityHeld`. */
export async function forgetIdentity(room: string, name: string): Promise<void> {
  const hold = await takeHold({ room, name });
  if (hold === null) throw new IdentityHeld(`a tab of this browser is ${name} in ${room}: close it first`);
  try {
    const database = await identityStore();
    const kept = await database.get('identities', [room, name]);
    if (kept !== undefined) await removeDisk(kept.nodeId);
    const transaction = database.transaction(['identities', 'leases'], 'readwrite');
    await Promise.all([
      transaction.objectStore('identities').delete([room, name]),
      transaction.objectStore('leases').delete([room, name]),
      transaction.done,
    ]);
  } finally {
    hold.release();
  }
}
