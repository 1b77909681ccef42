import type { Index } from '../core/index.js';
import { diskBatchBytesMax, snapshotBytesMax } from './limits.js';
import type { StoredImage, StoredOp } from './ports.js';

/** What an area holds before its first write, and what an `open` that failed answers with. */
export const emptyImage: StoredImage = { values: new Map(), log: [], snapshot: null };

/** What a key, an index or an op costs beside its bytes, roughly; for deciding when to compact. */
const overheadBytes = 16;

type Entry = { readonly index: Index; readonly value: Uint8Array };

/** What one area holds, in memory: the meaning of every op, the same for all disks. */
export class DiskArea {
  readonly #values = new Map<string, Uint8Array>();
  #log: Entry[] = [];
  #snapshot: StoredImage['snapshot'] = null;
  #bytes = 0;

  /** Roughly what it takes to write this area down. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#values.size === 0 && this.#log.length === 0 && this.#snapshot === null;
  }

  /** Why a disk has to refuse the batch (a gap in the log, too large), or null. */
  refusal(ops: readonly StoredOp[]): string | null {
    let first = this.#log[0]?.index ?? 1;
    let last = first + this.#log.length - 1;
    for (const op of ops) {
      if (op.kind === 'append') {
        if (last < first) first = op.index;
        else if (op.index !== last + 1) return `append of ${op.index} to a log that ends at ${last}`;
        last = op.index;
      } else if (op.kind === 'truncateFrom') {
        last = Math.max(first - 1, Math.min(last, op.index - 1));
      } else if (op.kind === 'compactTo') {
        first = Math.max(first, Math.min(op.index, last) + 1);
      } else if (op.kind === 'snapshot' && op.data.length > snapshotBytesMax) {
        return `a snapshot of ${op.data.length} bytes, where ${snapshotBytesMax} are allowed`;
      }
    }
    return bytesOf(ops) > diskBatchBytesMax ? `a batch of more than ${diskBatchBytesMax} bytes` : null;
  }

  /** Takes a batch, op by op; not to be called with one that it refuses. Keeps the bytes it is given. */
  apply(ops: readonly StoredOp[]): void {
    for (const op of ops) this.#applyOne(op);
  }

  clone(): DiskArea {
    const copy = new DiskArea();
    for (const op of this.ops()) copy.#applyOne(op);
    return copy;
  }

  /** What the area holds now; later ops don't change it. */
  image(): StoredImage {
    return { values: new Map(this.#values), log: this.#log.slice(), snapshot: this.#snapshot };
  }

  /** The ops that bring an empty area to where this one is, in order. */
  *ops(): Generator<StoredOp> {
    for (const [key, value] of this.#values) yield { kind: 'set', key, value };
    if (this.#snapshot !== null) yield { kind: 'snapshot', ...this.#snapshot };
    for (const { index, value } of this.#log) yield { kind: 'append', index, value };
  }

  #applyOne(op: StoredOp): void {
    switch (op.kind) {
      case 'set': {
        const before = this.#values.get(op.key);
        this.#bytes += op.value.length - (before?.length ?? -op.key.length - overheadBytes);
        this.#values.set(op.key, op.value);
        return;
      }
      case 'append':
        this.#bytes += op.value.length + overheadBytes;
        this.#log.push({ index: op.index, value: op.value });
        return;
      case 'truncateFrom':
        return this.#drop(this.#log.splice(this.#position(op.index)));
      case 'compactTo':
        return this.#drop(this.#log.splice(0, this.#position(op.index + 1)));
      case 'snapshot':
        this.#bytes += snapshotBytes(op) - snapshotBytes(this.#snapshot);
        this.#snapshot = { index: op.index, meta: op.meta, data: op.data };
    }
  }

  /** Where the entry of that index stands, or would stand. */
  #position(index: Index): number {
    const first = this.#log[0]?.index ?? index;
    return Math.max(0, Math.min(this.#log.length, index - first));
  }

  #drop(entries: readonly Entry[]): void {
    for (const { value } of entries) this.#bytes -= value.length + overheadBytes;
  }
}

function snapshotBytes(snapshot: StoredImage['snapshot']): number {
  return snapshot === null ? 0 : snapshot.meta.length + snapshot.data.length + overheadBytes;
}

/** The bytes of the values, entries and snapshots in a batch. */
export function bytesOf(ops: readonly StoredOp[]): number {
  let bytes = 0;
  for (const op of ops) {
    if (op.kind === 'snapshot') bytes += op.meta.length + op.data.length;
    else if (op.kind === 'set' || op.kind === 'append') bytes += op.value.length;
  }
  return bytes;
}
