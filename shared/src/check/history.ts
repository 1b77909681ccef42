import * as v from 'valibot';
import type { Command, Json } from '../store/index.js';

/**
 * One line of a history, two for each operation. `op` numbers the operations of one process. `value` is what is written on
 * `invoke` (a cas: `[from, to]`), what was found on the `ok` of a get (the value) or list (the paths). `fail`: carried
 * out, the condition did not hold. `info`: nobody knows whether it took effect, or ever will. The line of `window.quorate`.
 */
export type OperationLine = {
  readonly op: number;
  readonly process: string;
  readonly type: 'invoke' | 'ok' | 'fail' | 'info';
  readonly f: Command['op'];
  readonly key: string;
  readonly value: Json;
  readonly ifVersion?: number;
  readonly timeMs: number;
};

/** A history that contradicts itself or can't be read. The message says where and what was expected. */
export class HistoryError extends Error {
  override readonly name = 'HistoryError';
}

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const LineSchema = v.object({
  op: whole,
  process: v.string(),
  type: v.picklist(['invoke', 'ok', 'fail', 'info']),
  f: v.picklist(['get', 'put', 'delete', 'cas', 'list']),
  key: v.string(),
  // Whatever JSON.parse has read is JSON.
  value: v.custom<Json>(() => true),
  ifVersion: v.exactOptional(whole),
  timeMs: v.pipe(v.number(), v.finite()),
});

/** Reads a history of one JSON object a line; empty lines don't count. Throws `HistoryError` with the line's number. */
export function parseHistory(text: string): OperationLine[] {
  const lines: OperationLine[] = [];
  text.split('\n').forEach((line, at) => {
    if (line.trim() !== '') lines.push(parseLine(line, at + 1));
  });
  return lines;
}

function parseLine(line: string, number: number): OperationLine {
  let given: unknown;
  try {
    given = JSON.parse(line);
  } catch (error) {
    throw new HistoryError(
      `line ${number} is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const parsed = v.safeParse(LineSchema, given, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new HistoryError(`line ${number}: ${v.getDotPath(issue) ?? 'the line'}: ${issue.message}`);
}
