import type { Json } from '../store/index.js';
import { HistoryError, type OperationLine } from './history.js';

/** An operation with the interval in which it took effect, if it did. */
export type Operation = {
  readonly invoke: OperationLine;
  /** Null or `info`: unknown; it may take effect at any time from `from` on, or never. */
  readonly completion: OperationLine | null;
  /** Positions in the order of all events; `until` is infinite while the outcome is unknown. */
  readonly from: number;
  readonly until: number;
};

export type Ordering = {
  /**
   * `time`: by `timeMs`, for histories that several have recorded; events of the same moment count as concurrent.
   * `lines`: as the lines stand, for a single recorder that saw everything.
   */
  readonly order: 'time' | 'lines';
  /** How far the recorders' clocks may be apart; intervals are widened by it. Only with order `time`. */
  readonly clockErrorMs: number;
};

type Open = {
  readonly invoke: OperationLine;
  completion: OperationLine | null;
  invokedAt: number;
  completedAt: number;
};

/**
 * Pairs the lines of a history. A process that numbers anew (its tab was opened again) leaves what was open unknown.
 * Throws `HistoryError`.
 */
export function pairOperations(lines: readonly OperationLine[], ordering: Ordering): Operation[] {
  const all: Open[] = [];
  const latest = new Map<string, Open>();
  lines.forEach((line, at) => {
    const name = `${line.process}\n${line.op}`;
    if (line.type === 'invoke') {
      checkInvocation(line);
      const open: Open = { invoke: line, completion: null, invokedAt: at, completedAt: -1 };
      latest.set(name, open);
      all.push(open);
      return;
    }
    const open = latest.get(name);
    if (open === undefined) throw new HistoryError(`${nameOf(line)} completes but was never invoked`);
    if (open.completion !== null) throw new HistoryError(`${nameOf(line)} completes twice`);
    checkCompletion(open.invoke, line);
    open.completion = line;
    open.completedAt = at;
  });
  return place(all, ordering);
}

/** A name for people: which operation of which process. */
export function nameOf({ f, key, process, op }: OperationLine): string {
  return `${f} ${key} (operation ${op} of ${process})`;
}

function place(all: readonly Open[], { order, clockErrorMs }: Ordering): Operation[] {
  const known = all.filter(({ completion }) => completion !== null && completion.type !== 'info');
  if (order === 'lines') {
    return all.map(({ invoke, completion, invokedAt, completedAt }) => {
      const unknown = completion === null || completion.type === 'info';
      return { invoke, completion, from: invokedAt, until: unknown ? Number.POSITIVE_INFINITY : completedAt };
    });
  }
  const times = new Set<number>();
  for (const { invoke } of all) times.add(invoke.timeMs - clockErrorMs);
  for (const { completion } of known) if (completion !== null) times.add(completion.timeMs + clockErrorMs);
  // Two positions a moment: all that begins at it comes before all that ends at it, so they are concurrent.
  const positions = new Map([...times].sort((a, b) => a - b).map((time, rank) => [time, 2 * rank]));
  const positionOf = (time: number): number => positions.get(time) ?? 0;
  return all.map(({ invoke, completion }) => ({
    invoke,
    completion,
    from: positionOf(invoke.timeMs - clockErrorMs),
    until:
      completion === null || completion.type === 'info'
        ? Number.POSITIVE_INFINITY
        : positionOf(completion.timeMs + clockErrorMs) + 1,
  }));
}

function checkInvocation(line: OperationLine): void {
  if (line.f === 'cas' && (!isList(line.value) || line.value.length !== 2)) {
    throw new HistoryError(`${nameOf(line)}: a cas is invoked with [from, to]`);
  }
}

function checkCompletion(invoke: OperationLine, line: OperationLine): void {
  if (line.f !== invoke.f || line.key !== invoke.key) {
    throw new HistoryError(`${nameOf(line)} completes what was invoked as ${nameOf(invoke)}`);
  }
  if (line.timeMs < invoke.timeMs) throw new HistoryError(`${nameOf(line)} completes before it is invoked`);
  if (line.type === 'fail' && (line.f === 'get' || line.f === 'list')) {
    throw new HistoryError(`${nameOf(line)}: a ${line.f} has no condition that could fail`);
  }
  if (line.type === 'ok' && line.f === 'list' && !(isList(line.value) && line.value.every(isText))) {
    throw new HistoryError(`${nameOf(line)}: a list is answered with paths`);
  }
}

export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isText(value: Json): value is string {
  return typeof value === 'string';
}
