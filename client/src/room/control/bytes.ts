import { sha256 } from '@noble/hashes/sha2.js';

/** SHA-256, 32 bytes; also where there is no WebCrypto. */
export function digestOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return sha256(bytes).slice();
}

export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

export function textOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
