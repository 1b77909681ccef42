import type { Command, Json } from '../../api/types.js';

/** Why a line is no command; the strings hold its sentence. */
export type CommandProblem = 'empty' | 'unknown' | 'path' | 'value' | 'cas' | 'extra';

export type Parsed =
  | { readonly ok: true; readonly command: Command }
  | { readonly ok: false; readonly problem: CommandProblem };

const problem = (which: CommandProblem): Parsed => ({ ok: false, problem: which });

/**
 * Reads a line like `put /class/a 42`, `get /class/a`, `delete /class/a`, `cas /class/a 42 43`, `list /class`. Values are
 * JSON where they parse as such, else text; a text with spaces for `cas` needs double quotes.
 */
export function parseCommand(line: string): Parsed {
  const [, word = '', path = '', rest = ''] = /^\s*(\S*)\s*(\S*)\s*(.*?)\s*$/s.exec(line) ?? [];
  const op = word.toLowerCase();
  if (op === '') return problem('empty');
  if (!['put', 'get', 'delete', 'cas', 'list'].includes(op)) return problem('unknown');
  if (!path.startsWith('/')) return problem('path');
  switch (op) {
    case 'put':
      return rest === '' ? problem('value') : { ok: true, command: { op, path, value: parseValue(rest) } };
    case 'cas': {
      const values = split(rest);
      const [from, to] = values;
      if (values.length !== 2 || from === undefined || to === undefined) return problem('cas');
      return { ok: true, command: { op, path, from: parseValue(from), to: parseValue(to) } };
    }
    case 'get':
    case 'delete':
    case 'list':
      return rest === '' ? { ok: true, command: { op, path } } : problem('extra');
    default:
      return problem('unknown');
  }
}

/** A command as one would type it. */
export function commandText(command: Command): string {
  switch (command.op) {
    case 'put':
      return `put ${command.path} ${valueText(command.value)}`;
    case 'cas':
      return `cas ${command.path} ${valueText(command.from)} ${valueText(command.to)}`;
    default:
      return `${command.op} ${command.path}`;
  }
}

/** A value as one would type it. */
export function valueText(value: Json): string {
  return typeof value === 'string' && value !== '' && parseValue(value) === value
    ? value
    : JSON.stringify(value);
}

function parseValue(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

/** Words, JSON texts in double quotes, and brackets kept whole. */
function split(text: string): readonly string[] {
  return text.match(/"(?:[^"\\]|\\.)*"|\[[^\]]*\]|\{[^}]*\}|\S+/g) ?? [];
}
