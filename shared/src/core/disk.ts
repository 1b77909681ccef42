import type { Index } from './ids.js';

/**
 * What a `persist` effect writes. One instance's disk is a few named values, one indexed log and at most one snapshot;
 * the batch is atomic. `compactTo` drops the log's entries up to and with `index`.
 */
export type DiskOp =
  | { readonly kind: 'set'; readonly key: string; readonly value: unknown }
  | { readonly kind: 'append'; readonly index: Index; readonly value: unknown }
  | { readonly kind: 'truncateFrom'; readonly index: Index }
  | { readonly kind: 'compactTo'; readonly index: Index };

/** What the disk held when the instance started. `log` is contiguous and rising; `snapshot` covers up to its index. */
export type DiskImage = {
  readonly values: { readonly [key: string]: unknown };
  readonly log: readonly { readonly index: Index; readonly value: unknown }[];
  /** `digest` is that of the snapshot's bytes, for a protocol that `provesSnapshots`. */
  readonly snapshot: { readonly index: Index; readonly meta: unknown; readonly digest?: string } | null;
};

/** A disk that holds nothing: a node's first start. */
export const emptyDisk: DiskImage = { values: {}, log: [], snapshot: null };
