import {
  type DiskArea,
  type DiskBatch,
  type DiskDevice,
  DiskError,
  type DiskState,
  GroupDisk,
  replayBatch,
} from '@quorate/shared/host';
import { type DBSchema, deleteDB, type IDBPDatabase, openDB, unwrap } from 'idb';
import { BatchEncoder, decodeBatches } from './batch-codec.js';
import { defer } from './defer.js';
import type { OpenDiskOptions, OpenedDisk } from './opened-disk.js';

/*
 * The same log as in OPFS, with the database for its file: one record a group, one strict transaction a record. The
 * database does the checksums and the atomicity; `holder` says who may write.
 */
type Holder = {
  readonly owner: string;
  /** Of the identity's lease; never falls. */
  readonly generation: number;
  /** Counts the openings, so that a worker thought dead can't write beside its successor. */
  readonly session: number;
};

interface Schema extends DBSchema {
  groups: { key: number; value: Uint8Array<ArrayBuffer> };
  holder: { key: 'holder'; value: Holder };
}

const prefix = 'quorate-disk-';
/** Below this, and below so many times the live bytes, the log is not rewritten. */
const rewriteBytesMin = 4 * 1024 * 1024;
const rewriteFactor = 3;

/**
 * Opens node `nodeId`'s log in IndexedDB, on any thread. Throws `DiskError`: `succeeded` when a higher generation than
 * the fence's has opened it, `lost`, `corrupt`, `io`. A later opening ends this one: its writes fail with `succeeded`.
 */
export async function openIndexedDbDisk(nodeId: string, options: OpenDiskOptions = {}): Promise<OpenedDisk> {
  const database = await openDatabase(nodeId);
  try {
    const { holder, created, groups, keys } = await takeOver(database, nodeId, options);
    const areas = new Map<string, DiskArea>();
    let bytes = 0;
    for (const [at, group] of groups.entries()) {
      if (keys[at] !== (keys[0] ?? 0) + at) throw new DiskError('corrupt', 'a record of the disk is missing');
      for (const batch of decodeBatches(group)) replayBatch(areas, batch);
      bytes += group.length;
    }
    const device = new Device(database, holder, (keys.at(-1) ?? 0) + 1, bytes);
    return { disk: new GroupDisk({ device, areas, defer, gathers: true }), kind: 'indexeddb', created };
  } catch (error) {
    database.close();
    throw inDiskTerms(error, 'the disk could not be read');
  }
}

/** Whether there is a disk of this node that was opened at least once. */
export async function hasIndexedDbDisk(nodeId: string): Promise<boolean> {
  if (canList() && !(await listIndexedDbDisks()).includes(nodeId)) return false;
  const database = await openDatabase(nodeId);
  const holder = await database.get('holder', 'holder');
  database.close();
  // Looking has made it, where one can't look without.
  if (holder === undefined) await removeIndexedDbDisk(nodeId);
  return holder?.owner === nodeId;
}

/** Firefox can since 126. */
const canList = (): boolean => typeof indexedDB.databases === 'function';

/** The nodes that have a database here; none where the browser can't list databases. */
export async function listIndexedDbDisks(): Promise<string[]> {
  if (!canList()) return [];
  const databases = await indexedDB.databases();
  return databases.flatMap(({ name }) => (name?.startsWith(prefix) ? [name.slice(prefix.length)] : []));
}

/** A connection that is being closed has ended its transactions by then. */
const closingMs = 1_000;

/** Removes a node's disk; whoever has it open finds it lost. Throws `DiskError` `held` when that one does not let go. */
export function removeIndexedDbDisk(nodeId: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    // One that is being closed blocks, too, but only until its last transaction has ended.
    const blocked = (): void => {
      const held = new DiskError('held', `the disk of node ${nodeId} is open`);
      timer = setTimeout(() => reject(held), closingMs);
    };
    deleteDB(`${prefix}${nodeId}`, { blocked })
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}

async function openDatabase(nodeId: string): Promise<IDBPDatabase<Schema>> {
  try {
    return await openDB<Schema>(`${prefix}${nodeId}`, 1, {
      upgrade: (database) => {
        database.createObjectStore('groups');
        database.createObjectStore('holder');
      },
    });
  } catch (error) {
    throw new DiskError('io', 'the disk could not be opened', error);
  }
}

/** Makes this opening the only one that may write, and reads everything, in one transaction. */
async function takeOver(database: IDBPDatabase<Schema>, owner: string, options: OpenDiskOptions) {
  const transaction = database.transaction(['groups', 'holder'], 'readwrite', { durability: 'strict' });
  const found = await transaction.objectStore('holder').get('holder');
  if (found === undefined && options.mustExist) {
    throw new DiskError('lost', `the disk of node ${owner} is gone`);
  }
  const generation = options.fence?.generation ?? found?.generation ?? 0;
  if (found !== undefined && found.generation > generation) throw succeeded();
  const holder: Holder = { owner, generation, session: (found?.session ?? 0) + 1 };
  const groups = transaction.objectStore('groups');
  const [values, keys] = await Promise.all([
    groups.getAll(),
    groups.getAllKeys(),
    transaction.objectStore('holder').put(holder, 'holder'),
  ]);
  await transaction.done;
  return { holder, created: found === undefined, groups: values, keys };
}

/** Commits with the bare interface: a promise a step would cost a turn of the event loop each. */
class Device implements DiskDevice {
  readonly #database: IDBDatabase;
  readonly #holder: Holder;
  readonly #encoder = new BatchEncoder();
  #next: number;
  #bytes: number;
  #lost = false;

  constructor(database: IDBPDatabase<Schema>, holder: Holder, next: number, bytes: number) {
    this.#database = unwrap(database);
    this.#holder = holder;
    this.#next = next;
    this.#bytes = bytes;
    // Someone removes this disk, or the browser's storage is cleared.
    this.#database.onversionchange = () => this.#lose();
    this.#database.onclose = () => this.#lose();
  }

  commit(
    batches: readonly DiskBatch[],
    state: DiskState,
    done: (error: Error | null, bytes: number) => void,
  ): void {
    if (this.#lost) return done(new DiskError('lost', 'the disk was removed'), 0);
    try {
      this.#write(batches, state, done);
    } catch (error) {
      done(inDiskTerms(error, 'the disk failed to write'), 0);
    }
  }

  close(done: () => void): void {
    this.#database.close();
    done();
  }

  #write(
    batches: readonly DiskBatch[],
    state: DiskState,
    done: (error: Error | null, bytes: number) => void,
  ): void {
    const rewrites = this.#bytes > rewriteBytesMin && this.#bytes > rewriteFactor * state.bytes;
    const transaction = this.#database.transaction(['groups', 'holder'], 'readwrite', {
      durability: 'strict',
    });
    let successor = false;
    let written = 0;
    transaction.oncomplete = () => done(null, written);
    transaction.onabort = () =>
      done(successor ? succeeded() : new DiskError('io', 'the disk failed to write', transaction.error), 0);
    const groups = transaction.objectStore('groups');
    try {
      if (rewrites) {
        groups.clear();
        this.#bytes = 0;
        for (const batch of state.batches()) written += this.#put(groups, [batch]);
      } else {
        written = this.#put(groups, batches);
      }
    } catch (error) {
      transaction.onabort = null;
      transaction.abort();
      throw error;
    }
    // Asked last, so that the write is already under way: who was succeeded takes it back.
    const asked: IDBRequest<unknown> = transaction.objectStore('holder').get('holder');
    asked.onsuccess = () => {
      successor = !this.#isHeldBy(asked.result);
      if (successor) transaction.abort();
      else transaction.commit();
    };
  }

  #put(groups: IDBObjectStore, batches: readonly DiskBatch[]): number {
    // A copy of its own: cloning a view clones the whole buffer behind it.
    const group = this.#encoder.encode(batches, 0).slice();
    groups.put(group, this.#next);
    this.#next += 1;
    this.#bytes += group.length;
    return group.length;
  }

  #isHeldBy(found: unknown): boolean {
    const { generation, session } = this.#holder;
    if (typeof found !== 'object' || found === null) return false;
    if (!('generation' in found) || !('session' in found)) return false;
    return found.generation === generation && found.session === session;
  }

  #lose(): void {
    this.#lost = true;
    this.#database.close();
  }
}

function succeeded(): DiskError {
  return new DiskError('succeeded', 'another tab has become this node: this one has to stop');
}

function inDiskTerms(error: unknown, message: string): DiskError {
  return error instanceof DiskError ? error : new DiskError('io', message, error);
}
