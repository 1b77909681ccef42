import type { Disk, DiskStats } from '@quorate/shared/host';

/** A disk of this browser, open and held by this worker. */
export type OpenedDisk = {
  readonly disk: Disk & { stats(): DiskStats };
  readonly kind: 'opfs' | 'indexeddb';
  /** There was none before: a node's first start, or its disk is lost. */
  readonly created: boolean;
};

/** The generation of the identity's holder. A disk that a higher one has opened takes no more writes of a lower one. */
export type DiskFence = { readonly generation: number };

export type OpenDiskOptions = {
  /** Only IndexedDB checks it; an OPFS file can't be open twice. */
  readonly fence?: DiskFence | null;
  /** Fails with `lost` instead of making a new disk. */
  readonly mustExist?: boolean;
};
