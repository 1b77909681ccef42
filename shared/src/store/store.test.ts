import { beforeEach, describe, expect, it } from 'vitest';
import { encodeValue, frameBytesMax } from '../wire/index.js';
import {
  type Answer,
  type CommandResult,
  createStore,
  decodeAnswer,
  decodeResult,
  encodeEnvelope,
  encodeOpenSession,
  encodeOperation,
  type Store,
  storeLimits,
} from './index.js';
import { Tree } from './tree.js';

let store: Store;

function apply(command: Uint8Array | null, to: Store = store): Answer | null {
  const answer = to.apply(to.appliedIndex + 1, command);
  return answer.length === 0 ? null : decodeAnswer(answer);
}

let session: number;
let sequence: number;

function openSession(): number {
  const answer = apply(encodeOpenSession(`client ${store.appliedIndex}`));
  if (answer?.kind !== 'opened') throw new Error('a session is opened whenever it is asked for');
  return answer.session;
}

function run(command: unknown): CommandResult {
  sequence += 1;
  const operation = encodeOperation(command);
  const answer = apply(encodeEnvelope({ session, sequence, firstUnanswered: sequence, operation }));
  if (answer?.kind !== 'result') throw new Error(`no result: ${JSON.stringify(answer)}`);
  return decodeResult(answer.result);
}

function look(command: unknown): CommandResult {
  return decodeResult(store.query(encodeOperation(command)));
}

const put = (path: string, value: unknown, ifVersion?: number): CommandResult =>
  run({ op: 'put', path, value, ifVersion });
const remove = (path: string, ifVersion?: number): CommandResult => run({ op: 'delete', path, ifVersion });
const list = (path: string): readonly string[] => {
  const result = look({ op: 'list', path });
  return result.ok && result.op === 'list' ? result.paths : [];
};

beforeEach(() => {
  store = createStore();
  session = openSession();
  sequence = 0;
});

describe('a path', () => {
  it('holds what was put there, and counts its changes', () => {
    expect(look({ op: 'get', path: '/a' })).toEqual({
      ok: true,
      op: 'get',
      path: '/a',
      value: null,
      version: 0,
    });
    expect(put('/a', { x: [1, 'two', null] })).toEqual({
      ok: true,
      op: 'put',
      path: '/a',
      version: 1,
      index: 2,
    });
    expect(put('/a', 'other')).toMatchObject({ ok: true, version: 2, index: 3 });
    expect(look({ op: 'get', path: '/a' })).toMatchObject({ value: 'other', version: 2 });
  });

  it('may hold null, which is something', () => {
    put('/a', null);
    expect(look({ op: 'get', path: '/a' })).toMatchObject({ value: null, version: 1 });
    expect(list('/')).toEqual(['/a']);
  });

  it('is gone when deleted, and counts from one when it comes back', () => {
    put('/a', 1);
    put('/a', 2);
    expect(remove('/a')).toEqual({ ok: true, op: 'delete', path: '/a', existed: true, index: 4 });
    expect(remove('/a')).toMatchObject({ ok: true, existed: false });
    expect(look({ op: 'get', path: '/a' })).toMatchObject({ value: null, version: 0 });
    expect(put('/a', 3)).toMatchObject({ version: 1 });
  });

  it('is changed under a condition only when the version matches', () => {
    expect(put('/a', 1, 1)).toEqual({
      ok: false,
      op: 'put',
      path: '/a',
      reason: 'version-mismatch',
      value: null,
      version: 0,
    });
    expect(put('/a', 1, 0)).toMatchObject({ ok: true, version: 1 });
    expect(put('/a', 2, 0)).toMatchObject({ ok: false, value: 1, version: 1 });
    expect(put('/a', 2, 1)).toMatchObject({ ok: true, version: 2 });
    expect(remove('/a', 1)).toMatchObject({
      ok: false,
      op: 'delete',
      reason: 'version-mismatch',
      value: 2,
      version: 2,
    });
    expect(remove('/a', 2)).toMatchObject({ ok: true, existed: true });
    expect(remove('/a', 0)).toMatchObject({ ok: true, existed: false });
  });

  it('is compared by what its value says, whatever the order of keys', () => {
    put('/a', { x: { b: 1, a: [2] }, y: null });
    expect(run({ op: 'cas', path: '/a', from: { x: 1 }, to: 2 })).toEqual({
      ok: false,
      op: 'cas',
      path: '/a',
      reason: 'value-mismatch',
      value: { x: { b: 1, a: [2] }, y: null },
      version: 1,
    });
    expect(run({ op: 'cas', path: '/a', from: { y: null, x: { a: [2], b: 1 } }, to: 2 })).toEqual({
      ok: true,
      op: 'cas',
      path: '/a',
      version: 2,
      index: 4,
    });
  });

  it('counts as null for a compare-and-set where there is nothing', () => {
    expect(run({ op: 'cas', path: '/a', from: null, to: 1 })).toMatchObject({ ok: true, version: 1 });
  });
});

describe('the tree', () => {
  it('makes parents come into being with their children, without a value', () => {
    put('/class/group/a', 1);
    expect(look({ op: 'get', path: '/class/group' })).toMatchObject({ value: null, version: 0 });
    expect(list('/')).toEqual(['/class']);
    expect(list('/class')).toEqual(['/class/group']);
    expect(put('/class/group', 'now', 0)).toMatchObject({ ok: true, version: 1 });
  });

  it('lists direct children with their whole paths, sorted, and nothing for a path that is not there', () => {
    for (const path of ['/c/z', '/c/10', '/c/é', '/c/a/b', '/c/한국', '/cc']) put(path, 1);
    expect(list('/c')).toEqual(['/c/10', '/c/a', '/c/z', '/c/é', '/c/한국']);
    expect(list('/nowhere')).toEqual([]);
  });

  it('keeps the children of a deleted path, and drops parents that nothing is left below', () => {
    put('/a', 1);
    put('/a/b/c', 2);
    remove('/a');
    expect(list('/')).toEqual(['/a']);
    remove('/a/b/c');
    expect(list('/')).toEqual([]);
    expect(list('/a')).toEqual([]);
  });
});

describe('a log entry', () => {
  it('that is a no-op changes the applied index and the digest alone', () => {
    const before = store.digest();
    expect(apply(null)).toBe(null);
    expect(store.appliedIndex).toBe(2);
    expect(store.digest()).not.toBe(before);
  });

  it('must be the next one', () => {
    expect(() => store.apply(5, null)).toThrow('one after the other');
  });

  it.each<[string, Uint8Array]>([
    ['no bytes', new Uint8Array(0)],
    ['bytes that are no value', new Uint8Array([0xc1, 0xff])],
    ['a value that is no command', encodeValue({ op: 'put' })],
    ['an unknown tag', encodeValue([7])],
    ['a session that is text', encodeValue([0, 'x', 1, 1, new Uint8Array(0)])],
  ])('that is no command of this store is answered so: %s', (_, bytes) => {
    expect(apply(bytes)).toMatchObject({ kind: 'bad-command' });
  });

  it.each<[string, Uint8Array]>([
    ['no value', new Uint8Array([0xc1])],
    ['an unknown op', encodeValue({ op: 'inc', path: '/a' })],
    ['a path of another kind', encodeValue({ op: 'put', path: 'a', value: 1 })],
    [
      'a value too large',
      encodeValue({ op: 'put', path: '/a', value: 'x'.repeat(storeLimits.valueBytesMax) }),
    ],
    ['binary data', encodeValue({ op: 'put', path: '/a', value: new Uint8Array(3) })],
  ])('with an operation that is none is answered so, alike at every node: %s', (_, operation) => {
    const other = createStore();
    apply(encodeOpenSession('client 0'), other);
    const entry = encodeEnvelope({ session, sequence: 1, firstUnanswered: 1, operation });
    expect(apply(entry)).toMatchObject({ kind: 'bad-command' });
    apply(entry, other);
    expect(other.digest()).toBe(store.digest());
    expect(list('/')).toEqual([]);
  });

  it('may look as well: then its answer is of its place in the order', () => {
    put('/a', 1);
    expect(run({ op: 'get', path: '/a' })).toMatchObject({ value: 1 });
    expect(run({ op: 'list', path: '/' })).toMatchObject({ paths: ['/a'] });
  });
});

describe('a query', () => {
  it('changes nothing, not even the digest', () => {
    const before = store.digest();
    look({ op: 'get', path: '/a' });
    expect(store.digest()).toBe(before);
  });

  it('that would change something, or is none, is refused in its answer', () => {
    expect(() => look({ op: 'put', path: '/a', value: 1 })).toThrow('it goes through the log');
    expect(() => decodeResult(store.query(new Uint8Array([0xc1])))).toThrow('not a value of this codec');
    expect(list('/')).toEqual([]);
  });
});

describe('a list', () => {
  const tooMuch = 'there is too much right below /class: list a deeper path';

  it('of more paths than one answer holds is refused, and deeper ones are not', () => {
    const tree = new Tree();
    for (let i = 0; i < storeLimits.listPathsMax; i++) tree.put(`/class/${i}`, i);
    expect(tree.list('/class')).toHaveLength(storeLimits.listPathsMax);
    tree.put('/class/more/a', 1);
    expect(tree.list('/class')).toBeNull();
    expect(tree.list('/class/more')).toEqual(['/class/more/a']);
    expect(tree.list('/')).toEqual(['/class']);
  });

  it('of longer paths than one answer holds is refused, in a look and in the log, with what to do', () => {
    const parent = '/class';
    const name = (i: number): string => `${'한'.repeat(58)}${i}`;
    const path = (i: number): string => `${parent}/${name(i)}`;
    let length = 0;
    let i = 1_000;
    for (; length + path(i).length <= storeLimits.listLengthMax; i++) {
      put(path(i), 1);
      length += path(i).length;
    }
    const answer = store.query(encodeOperation({ op: 'list', path: parent }));
    expect(answer.length).toBeLessThan(frameBytesMax / 2);
    expect(list(parent)).toHaveLength(i - 1_000);
    put(path(i), 1);
    expect(() => list(parent)).toThrow(tooMuch);
    expect(() => run({ op: 'list', path: parent })).toThrow(tooMuch);
    expect(list('/')).toEqual(['/class']);
  });
});

describe('the digest', () => {
  it('is equal where the same was applied in the same order, and different elsewhere', () => {
    const commands = [1, 2, 3].map((value) =>
      encodeEnvelope({
        session: 1,
        sequence: value,
        firstUnanswered: 1,
        operation: encodeOperation({ op: 'put', path: '/a', value }),
      }),
    );
    const digestAfter = (order: readonly number[]): string => {
      const fresh = createStore();
      apply(encodeOpenSession('c'), fresh);
      for (const at of order) apply(commands[at] ?? null, fresh);
      return fresh.digest();
    };
    expect(digestAfter([0, 1, 2])).toBe(digestAfter([0, 1, 2]));
    expect(digestAfter([0, 1, 2])).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set([[0, 1, 2], [1, 0, 2], [0, 1], [0, 1, 1], []].map(digestAfter)).size).toBe(5);
  });
});
