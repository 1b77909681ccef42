/** A line that can't be understood, or a scenario that can't go on. Line and column count from 1. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';

  constructor(
    readonly line: number,
    readonly column: number,
    readonly why: string,
  ) {
    super(`line ${line}, column ${column}: ${why}`);
  }
}

export type Word = { readonly text: string; readonly column: number };

const closing: { readonly [opening: string]: string } = { '{': '}', '[': ']' };

/** Splits a command at its blanks. JSON stays in one piece, its blanks included; a `#` begins a comment. */
export function splitWords(source: string, line: number): readonly Word[] {
  const words: Word[] = [];
  let at = 0;
  while (at < source.length) {
    const letter = source.charAt(at);
    if (letter === '#') break;
    if (letter === ' ' || letter === '\t') {
      at += 1;
      continue;
    }
    const end = endOfWord(source, at, line);
    words.push({ text: source.slice(at, end), column: at + 1 });
    at = end;
  }
  return words;
}

function endOfWord(source: string, start: number, line: number): number {
  const first = source.charAt(start);
  if (first === '"') return endOfText(source, start, line);
  if (first in closing) return endOfNested(source, start, line);
  let at = start;
  while (at < source.length && !' \t'.includes(source.charAt(at))) at += 1;
  return at;
}

/** The place after the closing quote. */
function endOfText(source: string, start: number, line: number): number {
  for (let at = start + 1; at < source.length; at++) {
    const letter = source.charAt(at);
    if (letter === '\\') at += 1;
    else if (letter === '"') return at + 1;
  }
  throw new ScenarioError(line, start + 1, 'this text has no closing quote: end it with "');
}

function endOfNested(source: string, start: number, line: number): number {
  const open: string[] = [];
  for (let at = start; at < source.length; at++) {
    const letter = source.charAt(at);
    const ends = closing[letter];
    if (letter === '"') at = endOfText(source, at, line) - 1;
    else if (ends !== undefined) open.push(ends);
    else if (letter === open.at(-1)) open.pop();
    if (open.length === 0) return at + 1;
  }
  throw new ScenarioError(line, start + 1, `this JSON does not end: close it with ${open.at(-1)}`);
}

/** The words of one command, read from left to right. */
export class WordReader {
  readonly #words: readonly Word[];
  readonly #line: number;
  readonly #end: number;
  #at = 0;

  constructor(source: string, line: number) {
    this.#words = splitWords(source, line);
    this.#line = line;
    const last = this.#words.at(-1);
    this.#end = last === undefined ? 1 : last.column + last.text.length;
  }

  get done(): boolean {
    return this.#at >= this.#words.length;
  }

  /** The next word, or the one so many after it, left in its place; '' when there is none. */
  peek(ahead = 0): string {
    return this.#words[this.#at + ahead]?.text ?? '';
  }

  /** Takes the next word. Throws when there is none; `what` says what belongs there. */
  take(what: string): Word {
    const word = this.#words[this.#at];
    if (word === undefined) this.fail(`write ${what} here`);
    this.#at += 1;
    return word;
  }

  /** Takes the next word if it is this one. */
  takeIf(text: string): boolean {
    if (this.peek() !== text || this.done) return false;
    this.#at += 1;
    return true;
  }

  takeWord(...texts: readonly string[]): string {
    const word = this.take(texts.join(' or '));
    if (!texts.includes(word.text)) this.fail(`write ${texts.join(' or ')} instead of ${word.text}`, word);
    return word.text;
  }

  end(): void {
    const word = this.#words[this.#at];
    if (word !== undefined) {
      const what = `the command is complete before ${word.text}`;
      this.fail(`${what}: take it out, or write it on a line of its own`, word);
    }
  }

  /** Throws about `word`, or about the place where the next one is missing. */
  fail(why: string, word: Word | undefined = this.#words[this.#at]): never {
    throw new ScenarioError(this.#line, word?.column ?? this.#end, why);
  }
}
