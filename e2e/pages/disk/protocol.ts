import type { DiskErrorCode, DiskStats, StoredImage, StoredOp } from '@quorate/shared/host';

export type Kind = 'opfs' | 'indexeddb' | 'any';

/** What the page asks the worker that holds the disk. */
export type Request =
  | {
      readonly call: 'start';
      readonly kind: Kind;
      readonly nodeId: string;
      readonly generation: number | null;
      readonly mustExist: boolean;
    }
  | { readonly call: 'open'; readonly area: string }
  | { readonly call: 'write'; readonly area: string; readonly ops: readonly StoredOp[] }
  | { readonly call: 'remove'; readonly area: string }
  | { readonly call: 'list' | 'close' | 'stats' | 'failNext' }
  | { readonly call: 'measure'; readonly writes: number; readonly bytes: number };

export type Answer = {
  readonly error: { readonly code: DiskErrorCode | null; readonly message: string } | null;
  readonly image?: StoredImage;
  readonly areas?: readonly string[];
  readonly stats?: DiskStats;
  readonly kind?: 'opfs' | 'indexeddb';
  readonly created?: boolean;
  /** Of a measurement: ms of each write, one after the other, and writes a second with many in flight. */
  readonly oneMs?: readonly number[];
  readonly perSecond?: number;
};

export type ToWorker = { readonly id: number; readonly request: Request };
export type FromWorker = { readonly id: number; readonly answer: Answer };
