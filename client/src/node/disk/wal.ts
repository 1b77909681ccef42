import { type DiskArea, type DiskBatch, DiskError, type DiskState, replayBatch } from '@quorate/shared/host';
import { BatchEncoder, decodeBatches } from './batch-codec.js';
import { crc32c } from './crc32c.js';
import { encodeHeader, headerBytes, readHeader, type WalHeader } from './wal-header.js';

/*
 * A write-ahead log in two files, of which one is current. A file is a header and frames:
 *   frame   magic:u32 sequence:u32 length:u32 checksum:u32 payload
 * A frame is one group of batches, and is flushed before the next is written. So only the last frame can be torn; it is
 * cut off. A bad frame with a good one behind it has been damaged later: nothing can be trusted, and nothing is guessed.
 * The checksum begins with the file's salt, so that bytes of another file, or chosen by a stranger, are never a frame.
 *
 * To compact, the live state goes to the other file, is flushed, and only then that file gets its header, with the next
 * generation: the valid header of the highest generation says which file is current, at every moment.
 */

/** What the log needs of a file. Calls throw when the platform fails; `write` writes everything or throws. */
export type WalFile = {
  size(): number;
  read(at: number, length: number): Uint8Array;
  write(at: number, bytes: Uint8Array<ArrayBuffer>): void;
  truncate(size: number): void;
  flush(): void;
};
export type WalFiles = readonly [WalFile, WalFile];

const frameMagic = 0x5157_4652;
const frameHeaderBytes = 16;
/** Below this, a file is not worth rewriting. */
const rewriteBytesMin = 4 * 1024 * 1024;
/** A file is rewritten when it is so many times as large as what it holds. */
const rewriteFactor = 3;

export type OpenedWal = {
  readonly wal: Wal;
  readonly areas: Map<string, DiskArea>;
  /** The files were empty: a node's first start, or its disk is lost. */
  readonly created: boolean;
};

export type WalOptions = {
  /** Written into a new log, and must be that of an old one. */
  readonly owner: string;
  /** Fails with `lost` instead of making a new log. */
  readonly mustExist: boolean;
  /** Draws 32 random bits. */
  readonly newSalt: () => number;
};

/** Opens the log and reads what it holds; cuts a torn tail. Throws `DiskError` `corrupt` or `lost`, and the files' errors. */
export function openWal(files: WalFiles, { owner, mustExist, newSalt }: WalOptions): OpenedWal {
  const headers = files.map((file) => readHeader(file.read(0, headerBytes)));
  const [first, second] = headers;
  const current = (second?.generation ?? 0) > (first?.generation ?? 0) ? 1 : 0;
  const header = headers[current];
  if (header === null || header === undefined) {
    if (files.some((file) => file.size() > headerBytes)) {
      throw new DiskError('corrupt', "the disk's header is damaged");
    }
    if (mustExist) throw new DiskError('lost', `the disk of node ${owner} is empty`);
    const wal = new Wal(files, 0, { generation: 1, salt: newSalt(), owner }, newSalt);
    wal.create();
    return { wal, areas: new Map(), created: true };
  }
  if (header.owner !== owner) {
    throw new DiskError('corrupt', `the disk belongs to node ${header.owner}, not to ${owner}`);
  }
  const wal = new Wal(files, current, header, newSalt);
  return { wal, areas: wal.recover(), created: false };
}

export class Wal {
  readonly #files: WalFiles;
  readonly #newSalt: () => number;
  readonly #encoder = new BatchEncoder();
  #current: 0 | 1;
  #header: WalHeader;
  #bytes = headerBytes;
  #sequence = 1;

  constructor(files: WalFiles, current: 0 | 1, header: WalHeader, newSalt: () => number) {
    this.#files = files;
    this.#current = current;
    this.#header = header;
    this.#newSalt = newSalt;
  }

  /** The current file's size. */
  get bytes(): number {
    return this.#bytes;
  }

  create(): void {
    const file = this.#files[this.#current];
    file.truncate(0);
    file.write(0, encodeHeader(this.#header));
    file.flush();
  }

  /** Reads all frames of the current file, and cuts a torn one off its end. */
  recover(): Map<string, DiskArea> {
    const file = this.#files[this.#current];
    const size = file.size();
    const areas = new Map<string, DiskArea>();
    while (this.#bytes < size) {
      const payload = this.#readFrame(file, size);
      if (payload === null) {
        this.#requireNothingBehind(file.read(this.#bytes, size - this.#bytes));
        file.truncate(this.#bytes);
        file.flush();
        break;
      }
      for (const batch of decodeBatches(payload)) replayBatch(areas, batch);
      this.#bytes += frameHeaderBytes + payload.length;
      this.#sequence += 1;
    }
    return areas;
  }

  /** Makes a group durable and answers with the bytes written; rewrites the log when too much of it is dead. */
  commit(batches: readonly DiskBatch[], state: DiskState): number {
    if (this.#bytes > rewriteBytesMin && this.#bytes > rewriteFactor * state.bytes)
      return this.rewrite(state);
    const file = this.#files[this.#current];
    const written = this.#writeFrame(file, batches);
    file.flush();
    return written;
  }

  /** Writes the state, which includes the group to commit, to the other file and makes that one current. */
  rewrite(state: DiskState): number {
    const old = this.#files[this.#current];
    const other = this.#current === 0 ? 1 : 0;
    const file = this.#files[other];
    this.#header = { ...this.#header, generation: this.#header.generation + 1, salt: this.#newSalt() };
    this.#bytes = headerBytes;
    this.#sequence = 1;
    file.truncate(0);
    for (const batch of state.batches()) this.#writeFrame(file, [batch]);
    file.flush();
    file.write(0, encodeHeader(this.#header));
    file.flush();
    this.#current = other;
    old.truncate(0);
    return this.#bytes;
  }

  #writeFrame(file: WalFile, batches: readonly DiskBatch[]): number {
    const frame = this.#encoder.encode(batches, frameHeaderBytes);
    const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
    view.setUint32(0, frameMagic, true);
    view.setUint32(4, this.#sequence, true);
    view.setUint32(8, frame.length - frameHeaderBytes, true);
    view.setUint32(12, this.#checksum(frame), true);
    file.write(this.#bytes, frame);
    this.#bytes += frame.length;
    this.#sequence += 1;
    return frame.length;
  }

  #readFrame(file: WalFile, size: number): Uint8Array | null {
    if (size - this.#bytes < frameHeaderBytes) return null;
    const length = frameLength(file.read(this.#bytes, frameHeaderBytes), this.#sequence);
    if (length === null || this.#bytes + frameHeaderBytes + length > size) return null;
    const frame = file.read(this.#bytes, frameHeaderBytes + length);
    return this.#isWhole(frame) ? frame.subarray(frameHeaderBytes) : null;
  }

  /** What follows a bad frame is the rest of a torn one, unless a good frame of this file is among it. */
  #requireNothingBehind(tail: Uint8Array): void {
    for (let at = 1; at + frameHeaderBytes <= tail.length; at += 1) {
      const length = frameLength(tail.subarray(at, at + frameHeaderBytes), null);
      if (length === null || at + frameHeaderBytes + length > tail.length) continue;
      if (!this.#isWhole(tail.subarray(at, at + frameHeaderBytes + length))) continue;
      throw new DiskError(
        'corrupt',
        `a record of the disk is damaged, at byte ${this.#bytes}, and later ones are not`,
      );
    }
  }

  #isWhole(frame: Uint8Array): boolean {
    const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
    return view.getUint32(12, true) === this.#checksum(frame);
  }

  #checksum(frame: Uint8Array): number {
    const head = crc32c(frame.subarray(0, 12), this.#header.salt);
    return crc32c(frame.subarray(frameHeaderBytes), head);
  }
}

/** The payload's length as a frame's header says, or null when this is no header, or not that of frame `sequence`. */
function frameLength(header: Uint8Array, sequence: number | null): number | null {
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  if (view.getUint32(0, true) !== frameMagic) return null;
  if (sequence !== null && view.getUint32(4, true) !== sequence) return null;
  return view.getUint32(8, true);
}
