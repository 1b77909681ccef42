import * as v from 'valibot';
import { decodeValue, encodeValue } from '../wire/index.js';
import type { SessionState } from './sessions.js';
import type { Entry } from './tree.js';

const format = 1;
/** Entries in one list: the codec bounds how long a list may be. */
const groupMax = 10_000;

/** Bytes that are no snapshot of this version. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError';
}

export type SnapshotContent = {
  readonly appliedIndex: number;
  readonly digest: Uint8Array;
  readonly entries: readonly (readonly [path: string, entry: Entry])[];
  readonly sessions: readonly SessionState[];
};

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const bytes = v.instance(Uint8Array);
const EntrySchema = v.tuple([v.string(), v.object({ value: v.custom<Entry['value']>(() => true), version: whole })]);
const SnapshotSchema = v.tuple([
  v.literal(format),
  whole,
  bytes,
  v.array(v.array(EntrySchema)),
  v.array(v.tuple([whole, whole, v.array(v.tuple([whole, bytes]))])),
]);

export function encodeSnapshot({ appliedIndex, digest, entries, sessions }: SnapshotContent): Uint8Array {
  const groups: SnapshotContent['entries'][] = [];
  for (let from = 0; from < entries.length; from += groupMax) groups.push(entries.slice(from, from + groupMax));
  return encodeValue([format, appliedIndex, digest, groups, sessions]);
}

/** Throws `SnapshotError` when the bytes are no snapshot. */
export function decodeSnapshot(snapshot: Uint8Array): SnapshotContent {
  try {
    const [, appliedIndex, digest, groups, sessions] = v.parse(SnapshotSchema, decodeValue(snapshot));
    return { appliedIndex, digest, entries: groups.flat(), sessions };
  } catch (error) {
    throw new SnapshotError(`no snapshot of this store: ${error instanceof Error ? error.message : String(error)}`);
  }
}
