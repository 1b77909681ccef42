import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** What a protocol that proves snapshots to others knows one by: SHA-256 of its bytes, in hexadecimal. */
export function snapshotDigest(snapshot: Uint8Array): string {
  return bytesToHex(sha256(snapshot));
}
