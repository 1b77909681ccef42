import type { Command, CommandResult, HistoryLine, Json } from '../api/types.js';

/** Operations remembered in one tab; the oldest go first, two lines each. */
const operationsMax = 50_000;

/** This tab's operations as an outside linearizability checker reads them. Times are ms since 1970, of this machine. */
export class History {
  readonly #process: string;
  #lines: HistoryLine[] = [];
  #nextOp = 1;

  constructor(process: string) {
    this.#process = process;
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
      if (outcome === 'not-taken') this.#lines = this.#lines.filter((line) => line.op !== op);
      else if (outcome === 'unknown') this.#add(op, command, 'info', written);
      // A full store refused it, whether or not the condition held: to a checker, nothing is known.
      else if (!outcome.ok) this.#add(op, command, outcome.reason === 'full' ? 'info' : 'fail', written);
      else this.#add(op, command, 'ok', foundValue(outcome) ?? written);
    };
  }

  #add(op: number, command: Command, type: HistoryLine['type'], value: Json): void {
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
    if (this.#lines.length > 2.5 * operationsMax) this.#lines = this.#lines.slice(-2 * operationsMax);
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
