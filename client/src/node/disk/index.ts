export { openIndexedDbDisk } from './indexeddb.js';
export { hasDisk, listDisks, openDisk, removeDisk } from './open.js';
export type { DiskFence, OpenDiskOptions, OpenedDisk } from './opened-disk.js';
export { openOpfsDisk } from './opfs.js';
