import type { Json } from '../store/index.js';

/** A line of a history, as `window.quorate.history()` and the simulator write it. Times in ms, of one clock. */
export type OperationLine = {
  readonly op: number;
  readonly process: string;
  readonly type: 'invoke' | 'ok' | 'fail' | 'info';
  readonly f: 'get' | 'put' | 'delete' | 'cas' | 'list';
  readonly key: string;
  readonly value: Json;
  readonly ifVersion?: number;
  readonly timeMs: number;
};

/** An operation from its invocation to its answer. `outcome: 'unknown'` may take effect at any later time, or never. */
export type Operation = {
  readonly id: string;
  readonly f: OperationLine['f'];
  readonly key: string;
  /** What was asked to be written; a cas: `[from, to]`. */
  readonly written: Json;
  readonly ifVersion: number | undefined;
  /** What a get or a list found. */
  readonly found: Json;
  readonly outcome: 'ok' | 'fail' | 'unknown';
  readonly invokedMs: number;
  /** Infinity while it is unknown. */
  readonly returnedMs: number;
};

/** A history that can't be read. The message says which line and why. */
export class HistoryError extends Error {
  override readonly name = 'HistoryError';
}

/** Joins invocations with their answers. An operation is told by its process and number. Throws `HistoryError`. */
export function pairLines(lines: readonly OperationLine[]): Operation[] {
  const open = new Map<string, OperationLine>();
  const operations: Operation[] = [];
  const finish = (id: string, invoke: OperationLine, end: OperationLine | null): void => {
    const outcome = end === null || end.type === 'info' || end.type === 'invoke' ? 'unknown' : end.type;
    operations.push({
      id,
      f: invoke.f,
      key: invoke.key,
      written: invoke.value,
      ifVersion: invoke.ifVersion,
      found: outcome === 'ok' ? (end?.value ?? null) : null,
      outcome,
      invokedMs: invoke.timeMs,
      returnedMs: outcome === 'unknown' ? Number.POSITIVE_INFINITY : (end?.timeMs ?? Number.POSITIVE_INFINITY),
    });
  };
  lines.forEach((line, i) => {
    const id = `${line.process}/${line.op}`;
    const invoke = open.get(id);
    if (line.type === 'invoke') {
      if (invoke !== undefined) throw new HistoryError(`line ${i + 1}: ${id} is invoked twice`);
      open.set(id, line);
      return;
    }
    if (invoke === undefined) throw new HistoryError(`line ${i + 1}: ${id} ends without having been invoked`);
    if (line.timeMs < invoke.timeMs) throw new HistoryError(`line ${i + 1}: ${id} ends before it was invoked`);
    open.delete(id);
    finish(id, invoke, line);
  });
  for (const [id, invoke] of open) finish(id, invoke, null);
  return operations.sort((a, b) => a.invokedMs - b.invokedMs);
}

/** Reads newline-delimited JSON; empty lines are skipped. Throws `HistoryError` with the line's number. */
export function parseHistory(text: string): OperationLine[] {
  const lines: OperationLine[] = [];
  text.split('\n').forEach((line, i) => {
    if (line.trim() === '') return;
    lines.push(parseLine(line, i + 1));
  });
  return lines;
}

const types = ['invoke', 'ok', 'fail', 'info'];
const functions = ['get', 'put', 'delete', 'cas', 'list'];

function parseLine(text: string, number: number): OperationLine {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new HistoryError(`line ${number} is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  const line = value as { readonly [field: string]: unknown } | null;
  const holds =
    typeof line === 'object' &&
    line !== null &&
    Number.isSafeInteger(line['op']) &&
    typeof line['process'] === 'string' &&
    types.includes(String(line['type'])) &&
    functions.includes(String(line['f'])) &&
    typeof line['key'] === 'string' &&
    typeof line['timeMs'] === 'number';
  if (!holds) throw new HistoryError(`line ${number} has not the fields {op, process, type, f, key, value, timeMs}`);
  return value as OperationLine;
}
