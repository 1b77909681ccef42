import type { NodeId } from '@quorate/shared/core';
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import * as v from 'valibot';
import { isNewer, type RoomDocument, RoomDocumentSchema } from './document.js';
import { type TabRecord, TabRecordSchema } from './roster.js';

type Kept = {
  readonly room: string;
  readonly node: NodeId;
  readonly document: unknown;
  readonly tabs: unknown;
};

interface Schema extends DBSchema {
  rooms: { key: [string, string]; value: Kept };
}

export type KeptRoom = { readonly document: RoomDocument | null; readonly tabs: readonly TabRecord[] };

/** Where each tab keeps the room document and the tabs it has heard of, so that both outlive the closing of all tabs. */
export class RoomStorage {
  readonly #database: Promise<IDBPDatabase<Schema>>;
  #saving: Promise<void> | null = null;
  #waiting: (Kept & KeptRoom & { readonly document: RoomDocument }) | null = null;

  constructor() {
    this.#database = openDB<Schema>('quorate-rooms', 1, {
      upgrade: (database) => {
        database.createObjectStore('rooms', { keyPath: ['room', 'node'] });
      },
    });
  }

  /** What this node kept of a room. What can't be read is as good as lost, and comes again from the others. */
  async load(room: string, node: NodeId): Promise<KeptRoom> {
    const kept = await (await this.#database).get('rooms', [room, node]);
    const document = v.safeParse(RoomDocumentSchema, kept?.document);
    const tabs = v.safeParse(v.array(TabRecordSchema), kept?.tabs);
    return { document: document.success ? document.output : null, tabs: tabs.success ? tabs.output : [] };
  }

  /**
   * Keeps the newest of what it is given: while one save is under way, only the last of those that follow is kept waiting.
   * A version older than what is kept already is not written: another tab may have become this node.
   */
  save(room: string, node: NodeId, document: RoomDocument, tabs: readonly TabRecord[]): Promise<void> {
    this.#waiting = { room, node, document, tabs };
    this.#saving ??= this.#saveWaiting().finally(() => {
      this.#saving = null;
    });
    return this.#saving;
  }

  async #saveWaiting(): Promise<void> {
    const database = await this.#database;
    for (let next = this.#waiting; next !== null; next = this.#waiting) {
      this.#waiting = null;
      const transaction = database.transaction('rooms', 'readwrite', { durability: 'strict' });
      const kept = v.safeParse(
        RoomDocumentSchema,
        (await transaction.store.get([next.room, next.node]))?.document,
      );
      const isOlder = kept.success && isNewer(kept.output, next.document);
      if (!isOlder) await transaction.store.put(next);
      await transaction.done;
    }
  }
}
