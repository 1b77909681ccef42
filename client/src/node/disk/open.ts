import { hasIndexedDbDisk, listIndexedDbDisks, openIndexedDbDisk, removeIndexedDbDisk } from './indexeddb.js';
import type { OpenDiskOptions, OpenedDisk } from './opened-disk.js';
import { hasOpfsDisk, isOpfsSupported, listOpfsDisks, openOpfsDisk, removeOpfsDisk } from './opfs.js';

/**
 * Opens node `nodeId`'s disk, or makes it: in OPFS where this worker can, else in IndexedDB. An old disk is opened where
 * it is, never doubled. Waits up to 2 s for a former holder that is dying. Throws `DiskError`: `held`, `lost` (only with
 * `mustExist`), `succeeded`, `corrupt`, `io`.
 */
export async function openDisk(nodeId: string, options: OpenDiskOptions = {}): Promise<OpenedDisk> {
  if (!(await isOpfsSupported())) return openIndexedDbDisk(nodeId, options);
  // A browser that has learnt OPFS since this node began still has the node's disk in IndexedDB.
  const isInDatabase = !(await hasOpfsDisk(nodeId)) && (await hasIndexedDbDisk(nodeId));
  return isInDatabase ? openIndexedDbDisk(nodeId, options) : openOpfsDisk(nodeId, options);
}

/** Whether this browser keeps a disk that says it is node `nodeId`'s: without one, the node can't come back. */
export async function hasDisk(nodeId: string): Promise<boolean> {
  return (await hasOpfsDisk(nodeId)) || (await hasIndexedDbDisk(nodeId));
}

/** The nodes whose disks this browser keeps, sorted. */
export async function listDisks(): Promise<readonly string[]> {
  const [files, databases] = await Promise.all([listOpfsDisks(), listIndexedDbDisks()]);
  return [...new Set([...files, ...databases])].sort();
}

/** Removes a node's disk, wherever it is. Throws `DiskError` `held` when it is open. */
export async function removeDisk(nodeId: string): Promise<void> {
  await removeOpfsDisk(nodeId);
  await removeIndexedDbDisk(nodeId);
}
