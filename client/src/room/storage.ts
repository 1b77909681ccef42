import type { NodeId } from '@quorate/shared/core';
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import * as v from 'valibot';
import {
  compareVersions,
  ForgedError,
  type RoomVersion,
  readVersion,
  SignedDocumentSchema,
  verifyVersion,
} from './control/index.js';
import { type TabRecord, TabRecordSchema } from './roster.js';

type Kept = {
  readonly room: string;
  readonly node: NodeId;
  /** A version as it was signed; records of before there were signatures have an object without any. */
  readonly document: unknown;
  readonly tabs: unknown;
  /** Whether the link named the host whose room this is. Absent in records of before there were signatures. */
  readonly byLink?: boolean;
  /** Ms since 1970, of this machine. */
  readonly savedAtMs?: number;
};

interface Schema extends DBSchema {
  rooms: { key: [string, string]; value: Kept };
}

export type KeptRoom = {
  /** Null where nothing was kept, or nothing that a signature holds for. */
  readonly version: RoomVersion | null;
  readonly tabs: readonly TabRecord[];
  readonly byLink: boolean;
  readonly savedAtMs: number | null;
  /** It was kept by a Quorate that signed nothing: nobody can tell whether it is what the host said. */
  readonly isUnsigned: boolean;
};

export const nothingKept: KeptRoom = {
  version: null,
  tabs: [],
  byLink: false,
  savedAtMs: null,
  isUnsigned: false,
};

export type RoomToKeep = {
  readonly node: NodeId;
  readonly version: RoomVersion;
  readonly tabs: readonly TabRecord[];
  readonly byLink: boolean;
};

/** Where each tab keeps the room document and the tabs it has heard of, so that both outlive the closing of all tabs. */
export class RoomStorage {
  readonly #database: Promise<IDBPDatabase<Schema>>;
  #saving: Promise<void> | null = null;
  #waiting: RoomToKeep | null = null;

  constructor() {
    this.#database = openDB<Schema>('quorate-rooms', 1, {
      upgrade: (database) => {
        database.createObjectStore('rooms', { keyPath: ['room', 'node'] });
      },
    });
  }

  /**
   * What this node kept of a room. What can't be read, or was not signed by whom it names, is as good as lost, and comes again
   * from the others.
   */
  async load(room: string, node: NodeId): Promise<KeptRoom> {
    const kept = await (await this.#database).get('rooms', [room, node]);
    if (kept === undefined) return nothingKept;
    const version = readKept(kept, room);
    const tabs = v.safeParse(v.array(TabRecordSchema), kept.tabs);
    return {
      version: version !== null && (await verifyVersion(version)) ? version : null,
      tabs: tabs.success ? tabs.output : [],
      byLink: kept.byLink ?? false,
      savedAtMs: kept.savedAtMs ?? null,
      isUnsigned: isUnsigned(kept.document),
    };
  }

  /**
   * Keeps the newest of what it is given: while one save is under way, only the last of those that follow is kept waiting.
   * A version older than what is kept already is not written: another tab may have become this node.
   */
  save(room: RoomToKeep): Promise<void> {
    this.#waiting = room;
    this.#saving ??= this.#saveWaiting().finally(() => {
      this.#saving = null;
    });
    return this.#saving;
  }

  async #saveWaiting(): Promise<void> {
    const database = await this.#database;
    for (let next = this.#waiting; next !== null; next = this.#waiting) {
      this.#waiting = null;
      const { node, version, tabs, byLink } = next;
      const room = version.document.code;
      const transaction = database.transaction('rooms', 'readwrite', { durability: 'strict' });
      const kept = await transaction.store.get([room, node]);
      const before = kept === undefined ? null : readKept(kept, room);
      const isOlder =
        before !== null &&
        before.document.host === version.document.host &&
        compareVersions(before, version) > 0;
      if (!isOlder) {
        const document = version.signed;
        await transaction.store.put({ room, node, document, tabs, byLink, savedAtMs: Date.now() });
      }
      await transaction.done;
    }
  }
}

function readKept(kept: Kept, room: string): RoomVersion | null {
  const signed = v.safeParse(SignedDocumentSchema, kept.document);
  if (!signed.success) return null;
  try {
    return readVersion(signed.output, room);
  } catch (error) {
    if (error instanceof ForgedError) return null;
    throw error;
  }
}

function isUnsigned(document: unknown): boolean {
  return (
    typeof document === 'object' && document !== null && 'host' in document && !('signature' in document)
  );
}
