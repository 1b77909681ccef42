import { sha256 } from '@noble/hashes/sha2.js';
import type { NodeId } from '@quorate/shared/core';

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
const hashBytes = 16;

/** The node of a public key: the first 128 bits of its SHA-256 in lower-case base32, 26 characters. */
export function nodeIdOf(publicKey: Uint8Array): NodeId {
  return base32(sha256(publicKey).subarray(0, hashBytes));
}

/** RFC 4648 base32 without padding, in lower case. */
export function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(value >>> bits) & 31];
    }
    value &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + alphabet[(value << (5 - bits)) & 31];
}
