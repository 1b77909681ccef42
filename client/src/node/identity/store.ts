import type { NodeId } from '@quorate/shared/core';
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { StoredKeys } from '../keys/index.js';

/** One identity, as this browser keeps it. */
export type KeptRecord = StoredKeys & {
  readonly room: string;
  readonly name: string;
  readonly nodeId: NodeId;
  /** Ms since 1970. */
  readonly lastUsedMs: number;
};

/** Who holds a room's name. Its generation rises with each holder and never falls. */
export type Lease = {
  readonly room: string;
  readonly name: string;
  readonly generation: number;
  /** Ms since 1970. */
  readonly renewedAtMs: number;
};

interface Schema extends DBSchema {
  identities: { key: [string, string]; value: KeptRecord };
  leases: { key: [string, string]; value: Lease };
}

export type IdentityStore = IDBPDatabase<Schema>;

let opened: Promise<IdentityStore> | null = null;

/** The browser's identities; opened once a page. */
export function identityStore(): Promise<IdentityStore> {
  opened ??= openDB<Schema>('quorate', 1, {
    upgrade: (database) => {
      database.createObjectStore('identities', { keyPath: ['room', 'name'] });
      database.createObjectStore('leases', { keyPath: ['room', 'name'] });
    },
    blocking: (_current, _blocked, event) => {
      // Someone clears this browser's storage: don't stand in the way, and open anew when asked again.
      if (event.target instanceof IDBDatabase) event.target.close();
      opened = null;
    },
    terminated: () => {
      opened = null;
    },
  });
  return opened;
}
