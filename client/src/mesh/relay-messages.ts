import { CounterSchema } from '@quorate/shared/core';
import { decodeValue, encodeValue } from '@quorate/shared/wire';
import * as v from 'valibot';
import { MeshViolation } from './types.js';

/*
 * What tabs say to each other on the control lane so that two of them that have no link can signal: the mesh's own
 * messages there. They begin with a byte that begins no value of the codec, so that nothing else can be taken for one.
 */
const RELAY_TAG = 0xc1;
/** A session description has at most 32 KiB; larger frames are not looked at. */
export const RELAY_FRAME_BYTES_MAX = 40 * 1024;
/** Links that a message may cross. An overlay of a hundred tabs with six links each is four or five across. */
export const HOPS_MAX = 8;

const node = v.pipe(v.string(), v.minLength(1), v.maxLength(64));
/** The session of the page that made it, and a number of its own. */
const id = v.pipe(v.string(), v.minLength(1), v.maxLength(96));
/** The links crossed before this one. */
const hops = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(HOPS_MAX - 1));

const schema = v.variant('kind', [
  /** Who has a link to `to`? Goes to all neighbours, once; each remembers whom it had it from. */
  v.object({ kind: v.literal('find'), id, from: node, to: node, hops }),
  /** Goes back the way that the `find` of this id came: `to` is this way. */
  v.object({ kind: v.literal('found'), id, to: node }),
  /** A signal, on the way that was found. `data` is looked at by `to` alone. */
  v.object({
    kind: v.literal('pass'),
    id,
    from: node,
    to: node,
    hops,
    generation: CounterSchema,
    data: v.unknown(),
  }),
  /** To `from`, back the way that its signal came: here is no way to `to` any more. */
  v.object({ kind: v.literal('lost'), from: node, to: node }),
]);

export type RelayMessage = v.InferOutput<typeof schema>;

export function isRelayFrame(frame: Uint8Array): boolean {
  return frame[0] === RELAY_TAG;
}

export function encodeRelay(message: RelayMessage): Uint8Array<ArrayBuffer> {
  const encoded = encodeValue(message);
  const frame = new Uint8Array(encoded.length + 1);
  frame[0] = RELAY_TAG;
  frame.set(encoded, 1);
  return frame;
}

/** Checks and decodes a frame that `isRelayFrame`. */
export function decodeRelay(frame: Uint8Array): RelayMessage | MeshViolation {
  if (frame.length > RELAY_FRAME_BYTES_MAX) {
    return new MeshViolation('oversized', `a relayed signal of ${frame.length} bytes`);
  }
  let value: unknown;
  try {
    value = decodeValue(frame.subarray(1));
  } catch (error) {
    return new MeshViolation('malformed', `a relayed signal that can't be decoded: ${String(error)}`);
  }
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  return new MeshViolation('malformed', `a relayed signal: ${v.getDotPath(issue) ?? ''} ${issue.message}`);
}
