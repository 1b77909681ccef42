import type { DiskImage, DiskOp } from '../core/index.js';
import { decodeValue, encodeValue } from '../wire/index.js';
import type { StoredImage, StoredOp } from './ports.js';

/** A protocol's disk operations as bytes. */
export function encodeOps(ops: readonly DiskOp[]): StoredOp[] {
  return ops.map((op) =>
    op.kind === 'set' || op.kind === 'append' ? { ...op, value: encodeValue(op.value) } : op,
  );
}

/** What a disk held, as a protocol reads it at its start. Throws `WireError` when the bytes are not what was written. */
export function decodeImage(image: StoredImage, digestOf?: (snapshot: Uint8Array) => string): DiskImage {
  const values: { [key: string]: unknown } = {};
  for (const [key, value] of image.values) values[key] = decodeValue(value);
  return {
    values,
    log: image.log.map(({ index, value }) => ({ index, value: decodeValue(value) })),
    snapshot:
      image.snapshot === null
        ? null
        : {
            index: image.snapshot.index,
            meta: decodeValue(image.snapshot.meta),
            ...(digestOf === undefined ? {} : { digest: digestOf(image.snapshot.data) }),
          },
  };
}
