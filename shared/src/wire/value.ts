import { decode, encode } from '@msgpack/msgpack';

/** Why bytes are not what they claim to be. */
export type WireErrorCode = 'malformed' | 'oversized' | 'wrong-version';

/** Bytes that could not be read. The message says what the sender should have sent. */
export class WireError extends Error {
  override readonly name = 'WireError';

  constructor(
    readonly code: WireErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** Bounds on one decoded value: hostile bytes must not make the reader allocate what they merely announce. */
const limits = {
  maxStrLength: 256 * 1024,
  maxBinLength: 4 * 1024 * 1024,
  maxArrayLength: 65_536,
  maxMapLength: 65_536,
  maxExtLength: 0,
} as const;

/** Encodes plain data (numbers, strings, booleans, null, Uint8Array, arrays and objects of them); keys as they stand. */
export function encodeValue(value: unknown): Uint8Array {
  return encode(value, { ignoreUndefined: true });
}

/** As `encodeValue`, with the keys of objects sorted: equal data, equal bytes. For digests and signatures. */
export function encodeCanonical(value: unknown): Uint8Array {
  return encode(value, { sortKeys: true, ignoreUndefined: true });
}

/** Decodes what `encodeValue` made. Throws `WireError` on anything else. */
export function decodeValue(bytes: Uint8Array): unknown {
  try {
    return decode(bytes, limits);
  } catch (error) {
    throw new WireError('malformed', `not a value of this codec: ${error instanceof Error ? error.message : error}`);
  }
}
