import type { OperationLine } from '@quorate/shared/check';
import type { Command, CommandResult, Json } from '../../client/src/api/types.js';
import type { Tab } from './tabs.js';

/** A history kept outside the tabs, by the test's own clock, since a killed tab takes its own along. */
export class Recorder {
  readonly lines: OperationLine[] = [];
  #nextOp = 1;
  #acknowledged = 0;

  /** Operations with a known outcome. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Submits the command, writes it down, and answers with its result, or null where the outcome is unknown. */
  async submit(tab: Tab, process: string, command: Command): Promise<CommandResult | null> {
    const op = this.#nextOp++;
    const written = writtenBy(command);
    const write = (type: OperationLine['type'], value: Json): void => {
      const timeMs = performance.timeOrigin + performance.now();
      this.lines.push({ op, process, type, f: command.op, key: command.path, value, timeMs });
    };
    write('invoke', written);
    try {
      const result = await tab.submit(command);
      this.#acknowledged += 1;
      if (!result.ok) write('fail', written);
      else
        write('ok', result.op === 'get' ? result.value : result.op === 'list' ? [...result.paths] : written);
      return result;
    } catch {
      // Its tab is gone, or has not heard: either way it may have happened, or happen yet.
      write('info', written);
      return null;
    }
  }
}

function writtenBy(command: Command): Json {
  if (command.op === 'put') return command.value;
  if (command.op === 'cas') return [command.from, command.to];
  return null;
}
