import { beforeEach, describe, expect, it } from 'vitest';
import {
  type Answer,
  createStore,
  decodeAnswer,
  decodeResult,
  encodeEnvelope,
  encodeOpenSession,
  encodeOperation,
  type Store,
} from './index.js';
import { answerBytesMax, answersMax, sessionsMax } from './sessions.js';

let store: Store;

function apply(command: Uint8Array): Answer {
  return decodeAnswer(store.apply(store.appliedIndex + 1, command));
}

function open(): number {
  const answer = apply(encodeOpenSession('client'));
  if (answer.kind !== 'opened') throw new Error('a session is opened whenever it is asked for');
  return answer.session;
}

/** Adds one to a counter, in a way that shows how often it was carried out: the version counts. */
function entry(
  session: number,
  sequence: number,
  firstUnanswered = 1,
  value: unknown = sequence,
): Uint8Array {
  const operation = encodeOperation({ op: 'put', path: '/count', value });
  return encodeEnvelope({ session, sequence, firstUnanswered, operation });
}

function version(): number {
  const result = decodeResult(store.query(encodeOperation({ op: 'get', path: '/count' })));
  return result.ok && result.op === 'get' ? result.version : -1;
}

beforeEach(() => {
  store = createStore();
});

describe('a session', () => {
  it('is named after the entry that opened it', () => {
    expect([open(), open()]).toEqual([1, 2]);
  });

  it('that nobody opened carries out nothing', () => {
    open();
    expect(apply(entry(7, 1))).toEqual({ kind: 'session-expired' });
    expect(version()).toBe(0);
  });

  it('carries out commands in flight in any order, each once, and answers copies with the first answer', () => {
    const session = open();
    const answers = new Map([5, 3, 1, 4, 2].map((sequence) => [sequence, apply(entry(session, sequence))]));
    expect(version()).toBe(5);
    for (const [sequence, answer] of answers) expect(apply(entry(session, sequence))).toEqual(answer);
    expect(version()).toBe(5);
  });

  it('keeps the numbers of different clients apart', () => {
    const [one, other] = [open(), open()];
    apply(entry(one, 1));
    apply(entry(other, 1));
    expect(version()).toBe(2);
  });

  it('forgets answers that its client has had, and still carries nothing out twice', () => {
    const session = open();
    for (const sequence of [1, 2, 3]) apply(entry(session, sequence));
    expect(apply(entry(session, 4, 3))).toMatchObject({ kind: 'result' });
    expect(apply(entry(session, 1))).toMatchObject({ kind: 'bad-command' });
    expect(apply(entry(session, 2))).toMatchObject({ kind: 'bad-command' });
    expect(apply(entry(session, 3))).toMatchObject({ kind: 'result' });
    expect(version()).toBe(4);
  });

  it('never carries out a command that its client had given up before it came', () => {
    const session = open();
    apply(entry(session, 9, 9));
    expect(apply(entry(session, 8))).toMatchObject({ kind: 'bad-command' });
    expect(version()).toBe(1);
  });

  it('survives a client that claims to have had answers without end', () => {
    const session = open();
    const far = Number.MAX_SAFE_INTEGER;
    apply(entry(session, far));
    expect(apply(entry(session, far, far - 1))).toMatchObject({ kind: 'result' });
    expect(version()).toBe(1);
  });

  it('is forgotten when as many others were active since it was', () => {
    const quiet = open();
    const active = open();
    for (let others = 2; others < sessionsMax; others++) open();
    apply(entry(active, 1));
    apply(entry(quiet, 1));
    apply(entry(active, 2));
    open();
    expect(apply(entry(quiet, 2))).toMatchObject({ kind: 'result' });
    for (let others = 1; others < sessionsMax; others++) open();
    expect(apply(entry(active, 3))).toEqual({ kind: 'session-expired' });
    expect(apply(entry(quiet, 3))).toMatchObject({ kind: 'result' });
  });

  it('is forgotten whole when its client leaves too many answers open, so that no copy is carried out later', () => {
    const session = open();
    for (let sequence = 1; sequence <= answersMax; sequence++) apply(entry(session, sequence));
    expect(apply(entry(session, answersMax + 1))).toEqual({ kind: 'session-expired' });
    expect(apply(entry(session, answersMax + 1, answersMax))).toEqual({ kind: 'session-expired' });
    expect(version()).toBe(answersMax);
  });

  it('is forgotten when the answers left open are too large together', () => {
    const session = open();
    const other = open();
    apply(entry(other, 1, 1, 'x'.repeat(16_000)));
    const operation = encodeOperation({ op: 'get', path: '/count' });
    const looks = Math.ceil(answerBytesMax / 16_000) + 1;
    const kinds = Array.from({ length: looks }, (_, at) =>
      apply(encodeEnvelope({ session, sequence: at + 1, firstUnanswered: 1, operation })),
    ).map(({ kind }) => kind);
    expect(kinds.at(0)).toBe('result');
    expect(kinds.at(-1)).toBe('session-expired');
    expect(apply(entry(other, 2))).toMatchObject({ kind: 'result' });
  });
});
