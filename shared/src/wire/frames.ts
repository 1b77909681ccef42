import { counterMax, type InstanceName, type RunId } from '../core/index.js';
import { decodeValue, encodeValueAfter } from './value.js';
import { WireError } from './wire-error.js';

/** The version of the lab's frames: their first byte. */
export const frameVersion = 1;
/** Above any message a protocol may make (1 MiB of entries), below what a link carries as one frame. */
export const frameBytesMax = 2 * 1024 * 1024;
/** Ids of runs and names of instances. */
const nameLengthMax = 64;

/** What nodes of one run send each other. `to` and `from` are instances; run and instance are in every frame. */
export type Frame =
  | {
      readonly kind: 'message';
      readonly run: RunId;
      readonly from: InstanceName;
      readonly to: InstanceName;
      /** The sender's running number of messages in its present life. */
      readonly message: number;
      readonly life: number;
      /** The sender's Lamport clock. */
      readonly clock: number;
      readonly body: unknown;
    }
  | {
      readonly kind: 'snapshotChunk';
      readonly run: RunId;
      readonly to: InstanceName;
      readonly transfer: number;
      readonly offset: number;
      readonly total: number;
      readonly data: Uint8Array;
      /** The protocol's message, in the first chunk; null in the others. */
      readonly announcement: unknown;
    }
  | {
      readonly kind: 'snapshotAck';
      readonly run: RunId;
      readonly to: InstanceName;
      readonly transfer: number;
      readonly received: number;
      readonly ok: boolean;
    };

const kinds = { message: 0, snapshotChunk: 1, snapshotAck: 2 } as const;

/** A frame as bytes: the version, then its fields as an array, which is smaller and faster than a map. */
export function encodeFrame(frame: Frame): Uint8Array {
  return encodeValueAfter(frameVersion, fieldsOf(frame));
}

function fieldsOf(frame: Frame): readonly unknown[] {
  switch (frame.kind) {
    case 'message': {
      const { run, from, to, message, life, clock, body } = frame;
      return [kinds.message, run, from, to, message, life, clock, body];
    }
    case 'snapshotChunk': {
      const { run, to, transfer, offset, total, data, announcement } = frame;
      return [kinds.snapshotChunk, run, to, transfer, offset, total, data, announcement];
    }
    case 'snapshotAck': {
      const { run, to, transfer, received, ok } = frame;
      return [kinds.snapshotAck, run, to, transfer, received, ok];
    }
  }
}

/** Reads what `encodeFrame` made. The body is not checked: each protocol does. Throws `WireError`. */
export function decodeFrame(bytes: Uint8Array): Frame {
  if (bytes.length > frameBytesMax) {
    throw new WireError(
      'oversized',
      `a frame of ${bytes.length} bytes; at most ${frameBytesMax} are allowed`,
    );
  }
  if (bytes[0] !== frameVersion) {
    throw new WireError(
      'wrong-version',
      `frame version ${bytes[0]}; this node speaks ${frameVersion}: reload the tab`,
    );
  }
  const fields = decodeValue(bytes.subarray(1));
  if (!Array.isArray(fields)) throw malformed('fields');
  switch (fields[0]) {
    case kinds.message:
      return {
        kind: 'message',
        run: name(fields[1]),
        from: name(fields[2]),
        to: name(fields[3]),
        message: whole(fields[4]),
        life: whole(fields[5]),
        clock: whole(fields[6]),
        body: fields[7],
      };
    case kinds.snapshotChunk:
      return {
        kind: 'snapshotChunk',
        run: name(fields[1]),
        to: name(fields[2]),
        transfer: whole(fields[3]),
        offset: whole(fields[4]),
        total: whole(fields[5]),
        data: binary(fields[6]),
        announcement: fields[7],
      };
    case kinds.snapshotAck:
      return {
        kind: 'snapshotAck',
        run: name(fields[1]),
        to: name(fields[2]),
        transfer: whole(fields[3]),
        received: whole(fields[4]),
        ok: flag(fields[5]),
      };
    default:
      throw malformed('kind');
  }
}

function malformed(field: string): WireError {
  return new WireError('malformed', `a frame whose ${field} is not what its kind has`);
}

function name(value: unknown): string {
  if (typeof value !== 'string' || value.length === 0 || value.length > nameLengthMax)
    throw malformed('name');
  return value;
}

function whole(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > counterMax)
    throw malformed('number');
  return value;
}

function binary(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw malformed('data');
  return value;
}

function flag(value: unknown): boolean {
  if (typeof value !== 'boolean') throw malformed('flag');
  return value;
}
