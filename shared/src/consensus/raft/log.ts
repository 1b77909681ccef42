import { assert, type Index, type Reign } from '../../core/index.js';
import type { Configuration } from './configuration.js';

/** What the log holds at one index. Raft never looks inside a command. */
export type LogEntry =
  | { readonly term: Reign; readonly kind: 'command'; readonly command: Uint8Array }
  /** What a new leader appends, so that an entry of its own term can be committed (section 8). */
  | { readonly term: Reign; readonly kind: 'noop' }
  /** In force as soon as it is in a log (section 6). */
  | { readonly term: Reign; readonly kind: 'configuration'; readonly configuration: Configuration };

/**
 * The log after `offset`, which a snapshot covers. `runs` are the entries' terms, run-length coded as [first index, term],
 * rising: a search by term looks at changes of term, never at entries.
 */
export type Log = {
  offset: Index;
  offsetTerm: Reign;
  readonly entries: LogEntry[];
  readonly runs: [Index, Reign][];
};

export function createLog(offset: Index = 0, offsetTerm: Reign = 0): Log {
  return { offset, offsetTerm, entries: [], runs: [] };
}

export function lastIndex(log: Log): Index {
  return log.offset + log.entries.length;
}

export function lastTerm(log: Log): Reign {
  return log.entries.at(-1)?.term ?? log.offsetTerm;
}

export function entryAt(log: Log, index: Index): LogEntry {
  const entry = log.entries[index - log.offset - 1];
  assert(entry !== undefined, 'an entry is asked for only where the log has one');
  return entry;
}

/** The term at `index`, or null where the log knows none: before its offset or after its end. */
export function termAt(log: Log, index: Index): Reign | null {
  if (index === log.offset) return log.offsetTerm;
  return log.entries[index - log.offset - 1]?.term ?? null;
}

export function append(log: Log, entry: LogEntry): Index {
  assert(entry.term >= lastTerm(log), 'terms never fall along a log');
  log.entries.push(entry);
  const index = lastIndex(log);
  if (log.runs.at(-1)?.[1] !== entry.term) log.runs.push([index, entry.term]);
  return index;
}

/** Drops the entries from `index` on. */
export function truncateFrom(log: Log, index: Index): void {
  assert(index > log.offset && index <= lastIndex(log), 'only entries that are there are dropped');
  log.entries.length = index - log.offset - 1;
  while ((log.runs.at(-1)?.[0] ?? 0) >= index) log.runs.pop();
}

/** Forgets the entries up to and with `index`, which a snapshot covers. */
export function compactTo(log: Log, index: Index): void {
  if (index <= log.offset) return;
  const term = termAt(log, index);
  assert(term !== null, 'a log is compacted only up to its end');
  log.entries.splice(0, index - log.offset);
  log.offset = index;
  log.offsetTerm = term;
  let covered = 0;
  while ((log.runs[covered + 1]?.[0] ?? Number.POSITIVE_INFINITY) <= index + 1) covered += 1;
  log.runs.splice(0, covered);
  const first = log.runs[0];
  if (log.entries.length === 0) log.runs.length = 0;
  else if (first !== undefined && first[0] <= index) first[0] = index + 1;
}

/** Starts anew behind a snapshot with which the log disagrees. */
export function resetTo(log: Log, offset: Index, offsetTerm: Reign): void {
  log.offset = offset;
  log.offsetTerm = offsetTerm;
  log.entries.length = 0;
  log.runs.length = 0;
}

/** The first index, after `offset`, of the run of equal terms that `index` lies in. */
export function firstIndexOfTermAt(log: Log, index: Index): Index {
  for (let i = log.runs.length - 1; i >= 0; i--) {
    const first = log.runs[i]?.[0] ?? 0;
    if (first <= index) return first;
  }
  return log.offset + 1;
}

/** The last index, up to `limit`, whose entry is of `term`; null when there is none. */
export function lastIndexOfTerm(log: Log, term: Reign, limit: Index): Index | null {
  for (let i = log.runs.length - 1; i >= 0; i--) {
    const run = log.runs[i];
    if (run === undefined || run[0] > limit || run[1] > term) continue;
    if (run[1] < term) return null;
    const next = log.runs[i + 1]?.[0] ?? lastIndex(log) + 1;
    return Math.min(next - 1, limit);
  }
  return null;
}

/** What the entries after `from` up to and with `to` weigh. */
export function bytesBetween(log: Log, from: Index, to: Index): number {
  let bytes = 0;
  for (let index = from + 1; index <= to; index++) bytes += entryBytes(log.entries[index - log.offset - 1]);
  return bytes;
}

/** The up-to-date rule of 5.4.1: the later last term wins, then the longer log. */
export function isUpToDate(log: Log, otherLastTerm: Reign, otherLastIndex: Index): boolean {
  const ownTerm = lastTerm(log);
  return otherLastTerm > ownTerm || (otherLastTerm === ownTerm && otherLastIndex >= lastIndex(log));
}

export type Slice = { readonly entries: readonly LogEntry[]; readonly bytes: number };

/** Entries from `from` on for one message: at least one where there is one, and within both limits. */
export function sliceFrom(log: Log, from: Index, entriesMax: number, bytesMax: number): Slice {
  const start = from - log.offset - 1;
  const limit = Math.min(log.entries.length, start + entriesMax);
  let end = start;
  let bytes = 0;
  while (end < limit) {
    const more = entryBytes(log.entries[end]);
    if (bytes + more > bytesMax && end > start) break;
    bytes += more;
    end += 1;
  }
  return { entries: log.entries.slice(start, end), bytes };
}

/** Three lists of nine ids, each of up to 64 characters. */
const configurationBytesMax = 2_048;

/** A close upper bound of an entry's size in a message: its bytes, and what names the fields takes. */
export function entryBytes(entry: LogEntry | undefined): number {
  const fieldsBytes = 40;
  if (entry?.kind === 'command') return fieldsBytes + entry.command.length;
  return entry?.kind === 'configuration' ? configurationBytesMax : fieldsBytes;
}
