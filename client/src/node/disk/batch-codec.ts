import { type DiskBatch, DiskError, type StoredOp } from '@quorate/shared/host';

/*
 * A group of batches as bytes. All numbers are little-endian:
 *   batch   area:text  opCount:u32 (2^32 - 1: the area is removed)  op*
 *   op      kind:u8, then
 *           1 set           key:text  value:blob
 *           2 append        index:f64 value:blob
 *           3 truncateFrom  index:f64
 *           4 compactTo     index:f64
 *           5 snapshot      index:f64 meta:blob data:blob
 *   text    blob of UTF-8;  blob  length:u32 bytes
 * Indexes are f64, so that every safe integer fits.
 */
const removed = 0xffff_ffff;
const kinds = { set: 1, append: 2, truncateFrom: 3, compactTo: 4, snapshot: 5 } as const;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** What a writer keeps between groups; a larger buffer, for a snapshot, is let go. */
const keptBytesMax = 1024 * 1024;

/** Encodes groups into a buffer of its own, which the next call overwrites. */
export class BatchEncoder {
  #bytes = new Uint8Array(16 * 1024);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** The group's bytes behind `reserve` bytes left free for a header; valid until the next call. */
  encode(batches: Iterable<DiskBatch>, reserve: number): Uint8Array<ArrayBuffer> {
    if (this.#bytes.length > keptBytesMax) this.#resize(keptBytesMax);
    this.#length = 0;
    this.#claim(reserve);
    for (const batch of batches) this.#batch(batch);
    return this.#bytes.subarray(0, this.#length);
  }

  #batch({ area, ops }: DiskBatch): void {
    this.#text(area);
    if (ops === null) return this.#u32(removed);
    this.#u32(ops.length);
    for (const op of ops) this.#op(op);
  }

  #op(op: StoredOp): void {
    const at = this.#claim(1);
    this.#view.setUint8(at, kinds[op.kind]);
    if (op.kind === 'set') {
      this.#text(op.key);
      this.#blob(op.value);
      return;
    }
    this.#f64(op.index);
    if (op.kind === 'append') this.#blob(op.value);
    if (op.kind === 'snapshot') {
      this.#blob(op.meta);
      this.#blob(op.data);
    }
  }

  #u32(value: number): void {
    const at = this.#claim(4);
    this.#view.setUint32(at, value, true);
  }

  #f64(value: number): void {
    const at = this.#claim(8);
    this.#view.setFloat64(at, value, true);
  }

  #text(text: string): void {
    this.#blob(encoder.encode(text));
  }

  #blob(bytes: Uint8Array): void {
    this.#u32(bytes.length);
    const at = this.#claim(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Makes room for `count` bytes and says where they start. May replace buffer and view: call it before touching them. */
  #claim(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) this.#resize(Math.max(this.#length, this.#bytes.length * 2));
    return at;
  }

  #resize(size: number): void {
    const bytes = new Uint8Array(size);
    bytes.set(this.#bytes.subarray(0, Math.min(size, this.#bytes.length)));
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

/** Reads a group back. The values are copies. Throws `DiskError` `corrupt` for what the encoder would not write. */
export function decodeBatches(bytes: Uint8Array): DiskBatch[] {
  try {
    const reader = new Reader(bytes);
    const batches: DiskBatch[] = [];
    while (!reader.done) batches.push(readBatch(reader));
    return batches;
  } catch (error) {
    if (error instanceof DiskError) throw error;
    // A RangeError of DataView or a TypeError of TextDecoder: the bytes end early or are no text.
    throw new DiskError('corrupt', 'a record of the disk cannot be read', error);
  }
}

function readBatch(reader: Reader): DiskBatch {
  const area = reader.text();
  const count = reader.u32();
  if (count === removed) return { area, ops: null };
  const ops: StoredOp[] = [];
  for (let op = 0; op < count; op += 1) ops.push(readOp(reader));
  return { area, ops };
}

function readOp(reader: Reader): StoredOp {
  const kind = reader.u8();
  switch (kind) {
    case kinds.set:
      return { kind: 'set', key: reader.text(), value: reader.blob() };
    case kinds.append:
      return { kind: 'append', index: reader.index(), value: reader.blob() };
    case kinds.truncateFrom:
      return { kind: 'truncateFrom', index: reader.index() };
    case kinds.compactTo:
      return { kind: 'compactTo', index: reader.index() };
    case kinds.snapshot:
      return { kind: 'snapshot', index: reader.index(), meta: reader.blob(), data: reader.blob() };
    default:
      throw new DiskError('corrupt', `a record of the disk has an operation of unknown kind ${kind}`);
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  u8(): number {
    return this.#view.getUint8(this.#claim(1));
  }

  u32(): number {
    return this.#view.getUint32(this.#claim(4), true);
  }

  index(): number {
    const index = this.#view.getFloat64(this.#claim(8), true);
    if (!Number.isSafeInteger(index)) throw new DiskError('corrupt', 'an index of the disk is no integer');
    return index;
  }

  text(): string {
    return decoder.decode(this.blob());
  }

  blob(): Uint8Array {
    const length = this.u32();
    const at = this.#claim(length);
    return this.#bytes.slice(at, at + length);
  }

  #claim(count: number): number {
    const at = this.#at;
    this.#at += count;
    if (this.#at > this.#bytes.length) throw new DiskError('corrupt', 'a record of the disk ends early');
    return at;
  }
}
