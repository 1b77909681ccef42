import type { Json } from '../store/index.js';
import { isPath } from '../store/index.js';
import {
  type Condition,
  durationMsMax,
  type ExpectedAnswer,
  type Nodes,
  nodesMax,
  roleWords,
  type Selection,
  type Target,
} from './steps.js';
import type { Word, WordReader } from './words.js';

const nameShape = /^[a-z][a-z-]{1,19}$/;
/** Words of the grammar that may follow nodes or begin a condition: as names they would be read otherwise. */
const grammarWords = [
  'among',
  'answered',
  'are',
  'as',
  'at',
  'but',
  'first',
  'follow',
  'follows',
  'from',
  'has',
  'have',
  'is',
  'keeping',
  'messages',
  'not',
  'refused',
  'same',
  'to',
  'until',
  'version',
  'while',
  'within',
];
const reservedNames: ReadonlySet<string> = new Set([...roleWords, ...grammarWords]);
const nodesHelp = `write nodes: numbers from 1 to ${nodesMax}, ${roleWords.join(', ')}, or names given by call`;

/** A name for a node or a request. */
export function takeName(words: WordReader): string {
  const word = words.take('a name');
  if (reservedNames.has(word.text))
    words.fail(`${word.text} has a meaning of its own: take another name`, word);
  if (!nameShape.test(word.text)) {
    words.fail(`${word.text} can't be a name: take 2 to 20 small letters, such as old`, word);
  }
  return word.text;
}

export function takeWhole(words: WordReader, what: string, min: number, max: number): number {
  const word = words.take(what);
  const value = Number(word.text);
  if (!/^\d+$/.test(word.text) || value < min || value > max) {
    words.fail(`write ${what}, a whole number from ${min} to ${max}, instead of ${word.text}`, word);
  }
  return value;
}

/** `200ms` or `1.5s`, in ms. */
export function takeDuration(words: WordReader): number {
  const word = words.take('a time such as 200ms or 1.5s');
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(word.text) ?? [];
  const ms = Number(amount) * (unit === 's' ? 1_000 : 1);
  if (!(ms > 0 && ms <= durationMsMax)) {
    words.fail(`write a time such as 200ms or 1.5s, up to an hour, instead of ${word.text}`, word);
  }
  return ms;
}

export function takeJson(words: WordReader, what: string): Json {
  const word = words.take(`${what}, as JSON`);
  try {
    return JSON.parse(word.text) as Json;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return words.fail(`${word.text} is no JSON: write a number, "text", true, null, [...] or {...}`, word);
  }
}

export function takePath(words: WordReader): string {
  const word = words.take('a path such as /x');
  if (!isPath(word.text)) words.fail(`write a path such as /x or /class/a instead of ${word.text}`, word);
  return word.text;
}

function readTarget(text: string): Target | null {
  const [, digit] = /^n?([1-9])$/.exec(text) ?? [];
  if (digit !== undefined) return { kind: 'node', number: Number(digit) };
  const role = roleWords.find((word) => word === text);
  if (role !== undefined) return { kind: 'role', role };
  return nameShape.test(text) && !reservedNames.has(text) ? { kind: 'name', name: text } : null;
}

function takeTargets(words: WordReader): [Target, ...Target[]] {
  const word = words.take('nodes');
  const first = readTarget(word.text);
  if (first === null) return words.fail(`${nodesHelp}, instead of ${word.text}`, word);
  const targets: [Target, ...Target[]] = [first];
  for (;;) {
    const next = readTarget(words.peek());
    if (next === null) return targets;
    words.take('nodes');
    targets.push(next);
  }
}

/** `leader`, `1 2 3`, `all but leader 3`. */
export function takeNodes(words: WordReader): Nodes {
  const of = takeTargets(words);
  return { of, but: words.takeIf('but') ? takeTargets(words) : [] };
}

/** `messages`, `AppendEntries from leader to 3`. */
export function takeSelection(words: WordReader): Selection {
  const kinds = words.takeIf('messages') ? [] : takeKinds(words);
  const from = words.takeIf('from') ? takeNodes(words) : null;
  const to = words.takeIf('to') ? takeNodes(words) : null;
  return { kinds, from, to };
}

/** Kinds of messages begin with a capital, as the papers write them. */
export function takeKinds(words: WordReader): readonly string[] {
  const kinds: string[] = [];
  while (kinds.length === 0 || /^[A-Z]/.test(words.peek())) {
    const word = words.take('messages, or kinds such as AppendEntries');
    if (!/^[A-Z][A-Za-z-]*$/.test(word.text)) {
      words.fail(`write messages, or kinds such as AppendEntries, instead of ${word.text}`, word);
    }
    kinds.push(word.text);
  }
  return kinds;
}

export function takeCondition(words: WordReader): Condition {
  if (words.takeIf('not')) return { type: 'not', condition: takeCondition(words) };
  if (words.peek().startsWith('/')) return takeStoreCondition(words);
  if (words.takeIf('same')) {
    const what = words.takeWord('log', 'store') === 'log' ? 'log' : 'store';
    return { type: 'same', what, nodes: takePlace(words) };
  }
  if (words.peek() === 'leader' && ['', 'among', 'within'].includes(words.peek(1))) {
    words.take('leader');
    return { type: 'leads', among: words.takeIf('among') ? takeNodes(words) : null };
  }
  if (words.peek(1) === 'answered' || words.peek(1) === 'refused') return takeAnswerCondition(words);
  return takeNodesCondition(words);
}

function takePlace(words: WordReader): Nodes | null {
  return words.takeIf('at') ? takeNodes(words) : null;
}

function takeStoreCondition(words: WordReader): Condition {
  const path = takePath(words);
  if (words.takeWord('=', 'is') === 'is') {
    words.takeWord('absent');
    return { type: 'lacks', path, nodes: takePlace(words) };
  }
  const value = takeJson(words, 'the value');
  const version = words.takeIf('version') ? takeVersion(words) : null;
  return { type: 'holds', path, value, version, nodes: takePlace(words) };
}

function takeVersion(words: WordReader): number {
  return takeWhole(words, 'a version', 0, Number.MAX_SAFE_INTEGER);
}

function takeAnswerCondition(words: WordReader): Condition {
  const request = takeName(words);
  if (words.takeWord('answered', 'refused') === 'refused') return { type: 'refused', request };
  return { type: 'answered', request, expected: takeExpectedAnswer(words) };
}

function takeExpectedAnswer(words: WordReader): ExpectedAnswer | null {
  if (words.done || words.peek() === 'within') return null;
  if (words.takeIf('version')) return { kind: 'version', version: takeVersion(words) };
  return { kind: 'value', value: takeJson(words, 'the value') };
}

function takeNodesCondition(words: WordReader): Condition {
  const nodes = takeNodes(words);
  const verb = words.takeWord('is', 'are', 'follows', 'follow', 'has', 'have');
  if (verb.startsWith('follow')) return { type: 'follows', nodes, leader: takeNodes(words) };
  if (verb === 'is' || verb === 'are') {
    return { type: 'is', nodes, role: takeLowerWord(words, 'a role such as leader, or up, or down').text };
  }
  const field = words.take('a field such as reign');
  if (!/^[a-z][A-Za-z]*$/.test(field.text)) {
    words.fail(`write a field such as reign or lastIndex instead of ${field.text}`, field);
  }
  return { type: 'has', nodes, field: field.text, value: takeFieldValue(words) };
}

function takeLowerWord(words: WordReader, what: string): Word {
  const word = words.take(what);
  if (!/^[a-z][a-z-]*$/.test(word.text)) words.fail(`write ${what}, instead of ${word.text}`, word);
  return word;
}

function takeFieldValue(words: WordReader): string | number | boolean | null {
  const { text } = words.take('a value such as 3, n1, true or none');
  if (text === 'none') return null;
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+$/.test(text) ? Number(text) : text;
}
