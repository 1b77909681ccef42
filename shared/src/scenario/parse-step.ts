import { type Command, CommandError, parseCommand } from '../store/index.js';
import {
  takeCondition,
  takeDuration,
  takeJson,
  takeKinds,
  takeName,
  takeNodes,
  takePath,
  takeSelection,
  takeWhole,
} from './parse-parts.js';
import { type Nodes, nodesMax, type PlainStep, type Step, withinMsDefault } from './steps.js';
import { WordReader } from './words.js';

type Reader = (words: WordReader) => PlainStep;

/** The commands by their first word. */
const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['cluster', takeCluster],
  ['call', takeCall],
  ['run', takeRun],
  ['settle', () => ({ type: 'settle' })],
  ['expect', (words) => ({ type: 'expect', condition: takeCondition(words) })],
  ['crash', takeCrash],
  ['restart', (words) => ({ type: 'restart', nodes: takeNodes(words) })],
  ['cut', takeCut],
  ['partition', takePartition],
  ['isolate', (words) => ({ type: 'isolate', nodes: takeNodes(words) })],
  ['heal', () => ({ type: 'heal' })],
  ['hold', (words) => ({ type: 'hold', messages: takeSelection(words) })],
  ['release', (words) => ({ type: 'release', messages: takeSelection(words) })],
  ['deliver', takeHandling('deliver')],
  ['copy', takeHandling('copy')],
  ['drop', takeHandling('drop')],
  ['fire', takeFire],
  ['slow', takeSlowDisk],
  ['fail', takeFailWrite],
  ['put', takeRequest(takePut)],
  ['get', takeRequest((words) => ({ op: 'get', path: takePath(words) }))],
  ['delete', takeRequest((words) => ({ op: 'delete', path: takePath(words), ...takeIfVersion(words) }))],
  ['cas', takeRequest(takeCas)],
  ['list', takeRequest((words) => ({ op: 'list', path: words.takeIf('/') ? '/' : takePath(words) }))],
  ['broadcast', takeBroadcast],
  ['show', (words) => ({ type: 'show', kinds: words.takeIf('nothing') ? [] : takeKinds(words) })],
]);

/** Reads one command. Throws `ScenarioError`, which says what to write instead. */
export function parseStep(source: string, line = 1): Step {
  const words = new WordReader(source, line);
  const isQuiet = words.takeIf('quietly');
  const command = words.take('a command');
  const read = readers.get(command.text);
  if (read === undefined) {
    const commands = [...readers.keys(), 'quietly and one of these'].join(', ');
    return words.fail(`there is no command ${command.text}: write ${commands}`, command);
  }
  const step = read(words);
  words.end();
  return isQuiet ? { type: 'quietly', step } : step;
}

function takeCluster(words: WordReader): PlainStep {
  const nodes = takeWhole(words, 'how many nodes', 1, nodesMax);
  const { text: protocol } = words.take('a protocol such as raft');
  const seed = words.takeIf('seed') ? takeWhole(words, 'a seed', 0, 0xffffffff) : 1;
  return { type: 'cluster', nodes, protocol, seed, options: words.done ? {} : takeJson(words, 'options') };
}

function takeCall(words: WordReader): PlainStep {
  const node = takeNodes(words);
  words.takeWord('as');
  return { type: 'call', node, name: takeName(words) };
}

function takeRun(words: WordReader): PlainStep {
  if (words.takeIf('until')) {
    const condition = takeCondition(words);
    return {
      type: 'runUntil',
      condition,
      withinMs: words.takeIf('within') ? takeDuration(words) : withinMsDefault,
    };
  }
  const forMs = takeDuration(words);
  return { type: 'run', forMs, while: words.takeIf('while') ? takeCondition(words) : null };
}

function takeCrash(words: WordReader): PlainStep {
  const nodes = takeNodes(words);
  let survivingWrites = 0;
  if (words.takeIf('keeping')) {
    survivingWrites = takeWhole(words, 'how many writes under way survive', 1, 1_000);
    words.takeWord('writes', 'write');
  }
  return { type: 'crash', nodes, survivingWrites };
}

function takeCut(words: WordReader): PlainStep {
  const from = takeNodes(words);
  const bothWays = words.takeWord('->', '<->') === '<->';
  return { type: 'cut', from, to: takeNodes(words), bothWays };
}

function takePartition(words: WordReader): PlainStep {
  const sides: [Nodes, ...Nodes[]] = [takeNodes(words)];
  while (words.takeIf('|')) sides.push(takeNodes(words));
  return { type: 'partition', sides };
}

function takeHandling(type: 'deliver' | 'copy' | 'drop'): Reader {
  return (words) => ({ type, first: words.takeIf('first'), messages: takeSelection(words) });
}

function takeFire(words: WordReader): PlainStep {
  const { text: timer } = words.take('a timer such as election');
  words.takeWord('at');
  return { type: 'fire', timer, nodes: takeNodes(words) };
}

function takeSlowDisk(words: WordReader): PlainStep {
  words.takeWord('disk');
  words.takeWord('at');
  const nodes = takeNodes(words);
  words.takeWord('to');
  return { type: 'slowDisk', nodes, writeMs: takeDuration(words) };
}

function takeFailWrite(words: WordReader): PlainStep {
  words.takeWord('write');
  words.takeWord('at');
  return { type: 'failWrite', nodes: takeNodes(words) };
}

function takePut(words: WordReader): Command {
  const path = takePath(words);
  return { op: 'put', path, value: takeJson(words, 'the value'), ...takeIfVersion(words) };
}

function takeIfVersion(words: WordReader): { readonly ifVersion?: number } {
  if (!words.takeIf('if')) return {};
  words.takeWord('version');
  return { ifVersion: takeWhole(words, 'a version', 0, Number.MAX_SAFE_INTEGER) };
}

function takeCas(words: WordReader): Command {
  const path = takePath(words);
  words.takeWord('from');
  const from = takeJson(words, 'the value it must have');
  words.takeWord('to');
  return { op: 'cas', path, from, to: takeJson(words, 'the new value') };
}

function takeRequest(takeCommand: (words: WordReader) => Command): Reader {
  return (words) => {
    const command = checked(words, takeCommand(words));
    words.takeWord('at');
    return {
      type: 'request',
      command,
      at: takeNodes(words),
      name: words.takeIf('as') ? takeName(words) : null,
    };
  };
}

function takeBroadcast(words: WordReader): PlainStep {
  const value = takeJson(words, 'the value to broadcast');
  words.takeWord('at');
  return {
    type: 'broadcast',
    value,
    at: takeNodes(words),
    name: words.takeIf('as') ? takeName(words) : null,
  };
}

/** The store's own rules: values too large, for one. */
function checked(words: WordReader, command: Command): Command {
  try {
    return parseCommand(command);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return words.fail(error.message);
  }
}
