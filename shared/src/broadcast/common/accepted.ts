import * as v from 'valibot';
import type { BroadcastId } from '../../core/index.js';
import { decodeValue, encodeValue } from '../../wire/index.js';
import { positive, sender } from './schemas.js';

const acceptedSchema = v.strictObject({ origin: sender, incarnation: positive, sequence: positive });

/** The answer to whoever asked for a broadcast: the name that it was given. */
export function encodeAccepted({ origin, incarnation, sequence }: BroadcastId): Uint8Array {
  return encodeValue({ origin, incarnation, sequence });
}

/** Reads the answer to a `propose`. Throws when it is none. */
export function decodeAccepted(result: Uint8Array): BroadcastId {
  return v.parse(acceptedSchema, decodeValue(result));
}
