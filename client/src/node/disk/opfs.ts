import { DiskError, GroupDisk } from '@quorate/shared/host';
import { defer } from './defer.js';
import type { OpenDiskOptions, OpenedDisk } from './opened-disk.js';
import { openWal, type WalFile, type WalFiles } from './wal.js';
import { headerBytes, readHeader } from './wal-header.js';

const rootName = 'quorate-disks';
const fileNames = ['log-0', 'log-1'] as const;
/** A killed holder's handles are free after some 5 ms, a closed tab's after 30-100 ms. */
const heldRetryMs = 10;
const heldTimeoutMs = 2_000;

/** Whether this worker can open files synchronously: in a secure context, and not in every private window. */
export async function isOpfsSupported(): Promise<boolean> {
  if (!isSecureContext || typeof navigator.storage?.getDirectory !== 'function') return false;
  if (!('createSyncAccessHandle' in FileSystemFileHandle.prototype)) return false;
  return navigator.storage.getDirectory().then(
    () => true,
    () => false,
  );
}

/**
 * Opens node `nodeId`'s write-ahead log in the origin-private file system; in a dedicated worker only. Throws
 * `DiskError`: `held` when another worker has it open for longer than a holder takes to die, `lost`, `corrupt`, `io`.
 */
export async function openOpfsDisk(nodeId: string, options: OpenDiskOptions = {}): Promise<OpenedDisk> {
  const handles = await openHandles(nodeId, options.mustExist ?? false);
  const files: WalFiles = [walFile(handles[0]), walFile(handles[1])];
  const release = (): void => {
    for (const handle of handles) handle.close();
  };
  try {
    const mustExist = options.mustExist ?? false;
    const { wal, areas, created } = openWal(files, { owner: nodeId, mustExist, newSalt });
    const disk = new GroupDisk({
      device: {
        commit: (batches, state, done) => {
          let bytes = 0;
          try {
            bytes = wal.commit(batches, state);
          } catch (error) {
            return done(new DiskError('io', 'the disk failed to write', error), 0);
          }
          done(null, bytes);
        },
        close: (done) => {
          release();
          done();
        },
      },
      areas,
      defer,
      gathers: true,
    });
    return { disk, kind: 'opfs', created };
  } catch (error) {
    release();
    throw error instanceof DiskError ? error : new DiskError('io', 'the disk could not be read', error);
  }
}

/** Whether there is a disk of this node, by its own header; on any thread. */
export async function hasOpfsDisk(nodeId: string): Promise<boolean> {
  const directory = await findDirectory(nodeId);
  if (directory === null) return false;
  for (const name of fileNames) {
    const handle = await unlessMissing(directory.getFileHandle(name));
    if (handle === null) continue;
    const file = await handle.getFile();
    const header = readHeader(new Uint8Array(await file.slice(0, headerBytes).arrayBuffer()));
    if (header?.owner === nodeId) return true;
  }
  return false;
}

/** The nodes that have a directory here, whatever is in it. */
export async function listOpfsDisks(): Promise<string[]> {
  const root = await findRoot();
  if (root === null) return [];
  const names: string[] = [];
  for await (const name of root.keys()) names.push(name);
  return names;
}

/** Removes a node's disk. Throws `DiskError` `held` when it is open. */
export async function removeOpfsDisk(nodeId: string): Promise<void> {
  const root = await findRoot();
  if (root === null) return;
  try {
    await unlessMissing(root.removeEntry(nodeId, { recursive: true }));
  } catch (error) {
    throw new DiskError('held', `the disk of node ${nodeId} is open`, error);
  }
}

type Handles = readonly [FileSystemSyncAccessHandle, FileSystemSyncAccessHandle];

async function openHandles(nodeId: string, mustExist: boolean): Promise<Handles> {
  const storage = await navigator.storage.getDirectory();
  const root = await storage.getDirectoryHandle(rootName, { create: true });
  const directory = await unlessMissing(root.getDirectoryHandle(nodeId, { create: !mustExist }));
  if (directory === null) throw new DiskError('lost', `the disk of node ${nodeId} is gone`);
  const first = await openHandle(directory, fileNames[0], nodeId);
  try {
    return [first, await openHandle(directory, fileNames[1], nodeId)];
  } catch (error) {
    first.close();
    throw error;
  }
}

async function openHandle(
  directory: FileSystemDirectoryHandle,
  name: string,
  nodeId: string,
): Promise<FileSystemSyncAccessHandle> {
  const file = await directory.getFileHandle(name, { create: true });
  const deadlineMs = performance.now() + heldTimeoutMs;
  for (;;) {
    try {
      return await file.createSyncAccessHandle();
    } catch (error) {
      if (nameOf(error) !== 'NoModificationAllowedError' && nameOf(error) !== 'InvalidStateError') {
        throw new DiskError('io', 'the disk could not be opened', error);
      }
      if (performance.now() > deadlineMs) {
        throw new DiskError('held', `the disk of node ${nodeId} is open in another tab`, error);
      }
      await new Promise((resolve) => setTimeout(resolve, heldRetryMs));
    }
  }
}

function walFile(handle: FileSystemSyncAccessHandle): WalFile {
  return {
    size: () => handle.getSize(),
    read: (at, length) => {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, handle.getSize() - at)));
      const count = handle.read(bytes, { at });
      return bytes.subarray(0, count);
    },
    write: (at, bytes) => {
      const count = handle.write(bytes, { at });
      // A full disk takes a part and reports no error.
      if (count !== bytes.length)
        throw new DiskError('io', `the disk took ${count} of ${bytes.length} bytes`);
    },
    truncate: (size) => handle.truncate(size),
    flush: () => handle.flush(),
  };
}

function newSalt(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}

async function findRoot(): Promise<FileSystemDirectoryHandle | null> {
  if (!isSecureContext || typeof navigator.storage?.getDirectory !== 'function') return null;
  const storage = await navigator.storage.getDirectory().catch((error: unknown) => {
    // Some private windows have no such storage. Any other failure must not pass for a node that has lost its disk.
    if (nameOf(error) === 'SecurityError') return null;
    throw error;
  });
  return storage && unlessMissing(storage.getDirectoryHandle(rootName));
}

async function findDirectory(nodeId: string): Promise<FileSystemDirectoryHandle | null> {
  const root = await findRoot();
  return root && unlessMissing(root.getDirectoryHandle(nodeId));
}

function unlessMissing<Found>(found: Promise<Found>): Promise<Found | null> {
  return found.catch((error: unknown) => {
    if (nameOf(error) === 'NotFoundError') return null;
    throw error;
  });
}

function nameOf(error: unknown): string {
  return error instanceof DOMException ? error.name : '';
}
