import * as v from 'valibot';
import { decodeValue, encodeValue, WireError } from '../wire/index.js';
import { isJson, isPath, storeLimits } from './command.js';
import { answersMax, type SessionState, sessionsMax } from './sessions.js';
import type { Entry } from './tree.js';

const format = 1;
/** Entries in one list: the codec bounds how long a list may be. */
const groupMax = 10_000;
export const digestBytes = 16;

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
const positive = v.pipe(whole, v.minValue(1));
/** A copy: a view would keep the whole snapshot in memory. */
const bytes = v.pipe(
  v.instance(Uint8Array),
  v.transform((view) => view.slice()),
);
const PathSchema = v.pipe(v.string(), v.check(isPath, 'a path'));
const EntrySchema = v.tuple([
  PathSchema,
  v.strictObject({ value: v.custom<Entry['value']>((value) => isJson(value)), version: positive }),
]);
const AnswersSchema = v.pipe(v.array(v.tuple([positive, bytes])), v.maxLength(answersMax));
const SnapshotSchema = v.tuple([
  v.literal(format),
  whole,
  v.pipe(
    bytes,
    v.check((digest) => digest.length === digestBytes, 'a digest'),
  ),
  v.array(v.pipe(v.array(EntrySchema), v.maxLength(groupMax))),
  v.pipe(v.array(v.tuple([positive, positive, AnswersSchema])), v.maxLength(sessionsMax)),
]);

export function encodeSnapshot({ appliedIndex, digest, entries, sessions }: SnapshotContent): Uint8Array {
  const groups: SnapshotContent['entries'][] = [];
  for (let from = 0; from < entries.length; from += groupMax)
    groups.push(entries.slice(from, from + groupMax));
  return encodeValue([format, appliedIndex, digest, groups, sessions]);
}

/** Throws `SnapshotError` when the bytes are no snapshot. */
export function decodeSnapshot(snapshot: Uint8Array): SnapshotContent {
  const parsed = v.safeParse(SnapshotSchema, readValue(snapshot), { abortEarly: true });
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new SnapshotError(
      `no snapshot of this store: ${v.getDotPath(issue) ?? 'all of it'}: ${issue.message}`,
    );
  }
  const [, appliedIndex, digest, groups, sessions] = parsed.output;
  const entries = groups.flat();
  if (entries.length > storeLimits.entriesMax)
    throw new SnapshotError('a snapshot has more entries than a store');
  refuseTwice(
    'entry',
    entries.map(([path]) => path),
  );
  refuseTwice(
    'session',
    sessions.map(([id]) => id),
  );
  for (const [, , answers] of sessions)
    refuseTwice(
      'answer',
      answers.map(([sequence]) => sequence),
    );
  return { appliedIndex, digest, entries, sessions };
}

function readValue(snapshot: Uint8Array): unknown {
  try {
    return decodeValue(snapshot);
  } catch (error) {
    if (error instanceof WireError) throw new SnapshotError(`no snapshot of this store: ${error.message}`);
    throw error;
  }
}

function refuseTwice(what: string, names: readonly (string | number)[]): void {
  if (new Set(names).size !== names.length) throw new SnapshotError(`a snapshot holds one ${what} twice`);
}
