import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Delivery } from '../core/index.js';
import { previewMax, type TraceBody } from '../trace/index.js';
import { decodeValue, WireError } from '../wire/index.js';

/** Enough to tell payloads apart on a screen. */
const digestBytes = 8;

/** What the trace tells of a delivered broadcast: which, and of its payload the size, a digest and how it begins. */
export function deliveryTold(
  { origin, incarnation, sequence, payload }: Delivery,
  isRecovered: boolean,
): Extract<TraceBody, { type: 'delivery' }> {
  const digest = bytesToHex(sha256(payload).subarray(0, digestBytes));
  const preview = previewOf(payload);
  const id = { origin, incarnation, sequence };
  return { type: 'delivery', ...id, bytes: payload.length, digest, preview, isRecovered };
}

/** A payload is whatever its user gave; in the room it is one encoded value. */
function previewOf(payload: Uint8Array): string {
  const value = decoded(payload);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return (text ?? '').slice(0, previewMax);
}

function decoded(payload: Uint8Array): unknown {
  try {
    return decodeValue(payload);
  } catch (error) {
    if (error instanceof WireError) return bytesToHex(payload.subarray(0, previewMax / 2));
    throw error;
  }
}
