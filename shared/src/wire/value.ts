import { Decoder, Encoder } from '@msgpack/msgpack';
import { checkShape, valueLimits } from './shape.js';
import { WireError } from './wire-error.js';

const encoderOptions = { ignoreUndefined: true, maxDepth: valueLimits.depthMax } as const;
/** An encoder that has grown beyond this gives its buffer back: one snapshot must not cost its size for ever. */
const keptBufferBytesMax = 1024 * 1024;

let encoder = new Encoder(encoderOptions);
let canonicalEncoder = new Encoder({ ...encoderOptions, sortKeys: true });
const decoder = new Decoder();

/**
 * Encodes plain data (numbers, strings, booleans, null, Uint8Array, arrays and objects of them); keys as they stand,
 * undefined fields left out. Throws on anything else: that is a fault of our own code.
 */
export function encodeValue(value: unknown): Uint8Array<ArrayBuffer> {
  const bytes = encoder.encode(value);
  if (bytes.length > keptBufferBytesMax) encoder = new Encoder(encoderOptions);
  return bytes;
}

/** As `encodeValue`, with a byte of the caller's in front, in one copy. */
export function encodeValueAfter(first: number, value: unknown): Uint8Array {
  const shared = encoder.encodeSharedRef(value);
  const bytes = new Uint8Array(shared.length + 1);
  bytes[0] = first;
  bytes.set(shared, 1);
  if (bytes.length > keptBufferBytesMax) encoder = new Encoder(encoderOptions);
  return bytes;
}

/** As `encodeValue`, with the keys of objects sorted: equal data, equal bytes. For digests and signatures. */
export function encodeCanonical(value: unknown): Uint8Array {
  const bytes = canonicalEncoder.encode(value);
  if (bytes.length > keptBufferBytesMax)
    canonicalEncoder = new Encoder({ ...encoderOptions, sortKeys: true });
  return bytes;
}

/** Decodes what `encodeValue` made. Binary data stays where it is: a view of `bytes`. Throws `WireError` on anything else. */
export function decodeValue(bytes: Uint8Array): unknown {
  checkShape(bytes);
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw new WireError(
      'malformed',
      `not a value of this codec: ${error instanceof Error ? error.message : error}`,
    );
  }
}
