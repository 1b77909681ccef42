import { describe, expect, it } from 'vitest';
import { counterMax, type MessageInfo, type Observation } from '../core/index.js';
import { readEvent, type TraceBody, type TraceEvent } from './index.js';

const envelope = {
  node: 'n1',
  life: 1,
  seq: 1,
  count: 1,
  proof: 1,
  run: 'r',
  instance: 'server',
  clock: 1,
  atMs: 1.5,
  wallMs: 2.5,
};
const info: MessageInfo = {
  kind: 'AppendEntries',
  reign: 1,
  entries: 1,
  answer: 'yes',
  summary: { term: 1 },
};
const observation: Observation = {
  role: 'leader',
  reign: 2,
  leader: 'n1',
  firstIndex: 1,
  lastIndex: 9,
  commitIndex: 9,
  appliedIndex: 9,
  logReigns: [
    [1, 1],
    [5, 2],
  ],
  votes: { n1: 'yes', n2: 'no' },
  progress: { n2: { match: 9, next: 10 } },
  voters: ['n1', 'n2'],
  incoming: ['n3'],
  learners: [],
  detail: { votedFor: null, currentTerm: 2 },
};
const timers = { election: { setAtMs: 1, dueAtMs: 300 } };
const message = { message: 'n1:1:1', from: 'n1', info };

/** One event of each kind; a kind that is missing here does not compile. */
const bodies: { readonly [Type in TraceBody['type']]: Extract<TraceBody, { readonly type: Type }> } = {
  keyframe: { type: 'keyframe', observation, digest: 'd', timers, pace: 1, paused: false },
  started: { type: 'started', recovered: true },
  stopped: { type: 'stopped' },
  crashed: { type: 'crashed', why: 'the disk is full' },
  sent: { type: 'sent', message: 'n1:1:1', to: 'n2', info, bytes: 90 },
  arrived: { type: 'arrived', ...message, dueAtMs: 3 },
  delivered: { type: 'delivered', ...message },
  lost: { type: 'lost', message: 'n1:1:1', from: 'n1', to: 'n2', reason: 'cut' },
  touched: { type: 'touched', message: 'n1:1:1', by: 'delay', fault: 'f' },
  timerFired: { type: 'timerFired', timer: 'election' },
  persisted: { type: 'persisted', write: 1, ops: 2 },
  state: { type: 'state', observation, timers },
  applied: { type: 'applied', first: 1, last: 2, digest: 'd', earlier: [[1, 'c']] },
  delivery: {
    type: 'delivery',
    origin: 'n2',
    incarnation: 1,
    sequence: 7,
    bytes: 5,
    digest: 'd',
    preview: 'hello',
    isRecovered: false,
  },
  role: { type: 'role', role: 'leader', reign: 2, leader: null },
  snapshot: { type: 'snapshot', phase: 'taken', index: 1, peer: null, bytes: 9 },
  peer: { type: 'peer', peer: 'n2', up: true },
  pace: { type: 'pace', pace: 0.5, paused: true },
  note: { type: 'note', code: 'a-note', data: { term: 1, of: 'n1', yes: true, nobody: null }, proves: true },
  gap: { type: 'gap', missing: 3, proofs: 1 },
};

const events: readonly TraceEvent[] = Object.values(bodies).map((body) => ({ ...body, ...envelope }));

describe('a trace event of another node', () => {
  it.each(events)('is taken as it is: $type', (event) => {
    expect(readEvent(structuredClone(event))).toEqual({ kind: 'event', event });
  });

  it('may hold more than this version knows, which is left out', () => {
    const event = { ...bodies.gap, ...envelope };
    expect(readEvent({ ...event, more: 'x' })).toEqual({ kind: 'event', event });
  });

  it('of a kind that only newer tabs know is told from a bad one', () => {
    expect(readEvent({ type: 'suspected', ...envelope, of: 'n2' })).toEqual({
      kind: 'newer',
      event: { type: 'suspected', ...envelope },
    });
    expect(readEvent({ type: 'suspected' })).toMatchObject({ kind: 'bad' });
  });

  const many = (value: unknown, count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, value]));

  it.each<[string, unknown]>([
    ['nothing', null],
    ['text', 'rubbish'],
    ['no type', envelope],
    ['a type that is no text', { ...envelope, type: 7 }],
    ['a type out of every object', { ...envelope, type: 'constructor', node: 7 }],
    ['no envelope', bodies.gap],
    ['a clock beyond the end of counters', { ...bodies.gap, ...envelope, clock: counterMax + 1 }],
    ['a negative number', { ...bodies.gap, ...envelope, seq: -1 }],
    ['a time without end', { ...bodies.gap, ...envelope, atMs: Number.POSITIVE_INFINITY }],
    ['a state without timers', { ...bodies.state, ...envelope, timers: null }],
    ['a timer without a time', { ...bodies.state, ...envelope, timers: { election: {} } }],
    [
      'an observation without its reigns',
      { ...bodies.state, ...envelope, observation: { ...observation, logReigns: undefined } },
    ],
    [
      'a keyframe whose reigns are none',
      { ...bodies.keyframe, ...envelope, observation: { ...observation, logReigns: [1, 2] } },
    ],
    [
      'too many reigns',
      {
        ...bodies.state,
        ...envelope,
        observation: { ...observation, logReigns: new Array(5_000).fill([1, 1]) },
      },
    ],
    [
      'too many voters',
      { ...bodies.state, ...envelope, observation: { ...observation, voters: new Array(300).fill('n') } },
    ],
    ['a note without data', { ...bodies.note, ...envelope, data: null }],
    ['a note with nested data', { ...bodies.note, ...envelope, data: { deep: {} } }],
    ['a note with too much data', { ...bodies.note, ...envelope, data: many(1, 300) }],
    ['an endless text', { ...bodies.crashed, ...envelope, why: 'x'.repeat(5_000) }],
    ['an endless name', { ...bodies.timerFired, ...envelope, timer: 'x'.repeat(200) }],
    ['a message without what it is', { ...bodies.sent, ...envelope, info: null }],
    ['a pace of zero', { ...bodies.pace, ...envelope, pace: 0 }],
    ['a loss for no reason', { ...bodies.lost, ...envelope, reason: 'because' }],
  ])('is bad with %s', (_, value) => {
    expect(readEvent(value)).toMatchObject({ kind: 'bad', why: expect.any(String) });
  });

  it('is refused with what is wrong, and without quoting it', () => {
    expect(readEvent({ ...bodies.state, ...envelope, timers: 'secret'.repeat(1_000) })).toEqual({
      kind: 'bad',
      why: 'state whose timers is wrong',
    });
  });
});
