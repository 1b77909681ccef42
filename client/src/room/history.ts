import type { Command, CommandResult, HistoryLine, Json } from '../api/types.js';

/** Operations of one run remembered in one tab; the oldest go first, both lines of each. */
const operationsMax = 50_000;

/**
 * This tab's operations of one run, as an outside linearizability checker reads them: each run has a store of its own.
 * Times are ms since 1970, of this machine.
 */
export class History {
  readonly run: string | null;
  readonly #process: string;
  readonly #operationsMax: number;
  #lines: HistoryLine[] = [];
  #nextOp = 1;
  /** Operations up to this one have no lines any more. */
  #forgotten = 0;

  constructor(process: string, run: string | null, most = operationsMax) {
    this.#process = process;
    this.run = run;
    this.#operationsMax = most;
  }

  lines(): readonly HistoryLine[] {
    return [...this.#lines];
  }

  /**
   * Writes the invocation down. Answers with a function to call once, with what came of it: a command that was certainly
   * not carried out (`not-taken`) leaves no line.
   */
  invoke(command: Command): (outcome: CommandResult | 'unknown' | 'not-taken') => void {
    const op = this.#nextOp++;
    const written = writtenValue(command);
    this.#add(op, command, 'invoke', written);
    return (outcome) => {
      if (outcome === 'not-taken') this.#remove(op);
      else if (outcome === 'unknown') this.#add(op, command, 'info', written);
      // A full store refused it, whether or not the condition held: to a checker, nothing is known.
      else if (!outcome.ok) this.#add(op, command, outcome.reason === 'full' ? 'info' : 'fail', written);
      else this.#add(op, command, 'ok', foundValue(outcome) ?? written);
    };
  }

  #remove(op: number): void {
    const at = this.#lines.findLastIndex((line) => line.op === op);
    if (at >= 0) this.#lines.splice(at, 1);
  }

  #add(op: number, command: Command, type: HistoryLine['type'], value: Json): void {
    // An end without its beginning would be none to a checker.
    if (op <= this.#forgotten) return;
    const ifVersion = 'ifVersion' in command ? command.ifVersion : undefined;
    this.#lines.push({
      op,
      process: this.#process,
      type,
      f: command.op,
      key: command.path,
      value,
      ...(ifVersion === undefined ? {} : { ifVersion }),
      timeMs: performance.timeOrigin + performance.now(),
    });
    // Cut in large pieces: a cut for each operation would cost the square.
    if (this.#nextOp - this.#forgotten <= 1.25 * this.#operationsMax) return;
    this.#forgotten = this.#nextOp - this.#operationsMax;
    this.#lines = this.#lines.filter((line) => line.op > this.#forgotten);
  }
}

function writtenValue(command: Command): Json {
  if (command.op === 'put') return command.value;
  if (command.op === 'cas') return [command.from, command.to];
  return null;
}

/** What a get or a list found; undefined where the command writes. */
function foundValue(result: CommandResult): Json | undefined {
  if (!result.ok) return undefined;
  if (result.op === 'get') return result.value;
  if (result.op === 'list') return result.paths;
  return undefined;
}
