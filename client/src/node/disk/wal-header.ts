import { crc32c } from './crc32c.js';

/** What a file of the log begins with. Of two files, the valid header of the higher generation is the current one. */
export type WalHeader = {
  readonly generation: number;
  /** Drawn anew for each file; begins every checksum in it. */
  readonly salt: number;
  /** The node whose disk this is. */
  readonly owner: string;
};

/* magic:u32 version:u32 generation:f64 salt:u32 ownerLength:u8 owner (39 bytes, padded) checksum:u32 */
export const headerBytes = 64;
const magic = 0x4c41_5751;
const version = 1;
const ownerAt = 21;
const checksumAt = headerBytes - 4;
const ownerBytesMax = checksumAt - ownerAt;

export function encodeHeader({ generation, salt, owner }: WalHeader): Uint8Array<ArrayBuffer> {
  const name = new TextEncoder().encode(owner);
  if (name.length > ownerBytesMax) throw new RangeError(`a disk's owner has at most ${ownerBytesMax} bytes`);
  const bytes = new Uint8Array(headerBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic, true);
  view.setUint32(4, version, true);
  view.setFloat64(8, generation, true);
  view.setUint32(16, salt, true);
  view.setUint8(ownerAt - 1, name.length);
  bytes.set(name, ownerAt);
  view.setUint32(checksumAt, crc32c(bytes.subarray(0, checksumAt)), true);
  return bytes;
}

/** Null for what is no whole header of this version. */
export function readHeader(bytes: Uint8Array): WalHeader | null {
  if (bytes.length < headerBytes) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerBytes);
  if (view.getUint32(0, true) !== magic || view.getUint32(4, true) !== version) return null;
  if (view.getUint32(checksumAt, true) !== crc32c(bytes.subarray(0, checksumAt))) return null;
  const owner = bytes.subarray(ownerAt, ownerAt + Math.min(view.getUint8(ownerAt - 1), ownerBytesMax));
  return {
    generation: view.getFloat64(8, true),
    salt: view.getUint32(16, true),
    owner: new TextDecoder().decode(owner),
  };
}
