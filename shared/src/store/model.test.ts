import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Command,
  type CommandResult,
  createStore,
  decodeAnswer,
  decodeResult,
  encodeEnvelope,
  encodeOpenSession,
  encodeOperation,
  type Json,
  SnapshotError,
  type Store,
} from './index.js';

/** The store as its documentation describes it, told a second time and as plainly as can be. */
class NaiveStore {
  readonly #entries = new Map<string, { readonly value: Json; readonly version: number }>();

  run(command: Command, index: number): CommandResult {
    const { op, path } = command;
    const { value, version } = this.#entries.get(path) ?? { value: null, version: 0 };
    const refused = (reason: 'version-mismatch' | 'value-mismatch'): CommandResult =>
      op === 'get' || op === 'list'
        ? { ok: true, op: 'list', path, paths: [] }
        : { ok: false, op, path, reason, value, version };
    if (op === 'get') return { ok: true, op, path, value, version };
    if (op === 'list') return { ok: true, op, path, paths: this.#children(path) };
    if (op === 'cas') {
      if (sorted(value) !== sorted(command.from)) return refused('value-mismatch');
      this.#entries.set(path, { value: command.to, version: version + 1 });
      return { ok: true, op, path, version: version + 1, index };
    }
    if (command.ifVersion !== undefined && command.ifVersion !== version) return refused('version-mismatch');
    if (op === 'delete') return { ok: true, op, path, existed: this.#entries.delete(path), index };
    this.#entries.set(path, { value: command.value, version: version + 1 });
    return { ok: true, op, path, version: version + 1, index };
  }

  #children(parent: string): string[] {
    const children = new Set<string>();
    const depth = parent === '/' ? 1 : parent.split('/').length;
    for (const path of this.#entries.keys()) {
      const segments = path.split('/');
      const isBelow = segments.length > depth && (parent === '/' || path.startsWith(`${parent}/`));
      if (isBelow) children.add(segments.slice(0, depth + 1).join('/'));
    }
    return [...children].sort();
  }
}

function sorted(value: Json): string {
  return JSON.stringify(value, (_, field: unknown) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  );
}

const paths = fc.constantFrom('/a', '/a/b', '/a/b/c', '/a/bb', '/d', '/d/e/f');
const values: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(null, 0, 1, 'x', { x: 1, y: 2 }, { y: 2, x: 1 }, [1, { a: null }]),
);
const versions = fc.option(fc.nat({ max: 3 }), { nil: undefined });
const condition = (ifVersion: number | undefined): object => (ifVersion === undefined ? {} : { ifVersion });
const commands: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ op: fc.constant('get' as const), path: paths }),
  fc.record({ op: fc.constant('list' as const), path: fc.oneof(paths, fc.constant('/')) }),
  fc.record({ op: fc.constant('cas' as const), path: paths, from: values, to: values }),
  fc
    .tuple(paths, values, versions)
    .map(([path, value, version]): Command => ({ op: 'put', path, value, ...condition(version) })),
  fc
    .tuple(paths, versions)
    .map(([path, version]): Command => ({ op: 'delete', path, ...condition(version) })),
);

const session = 1;
const opened = (): Store => {
  const store = createStore();
  store.apply(1, encodeOpenSession('client'));
  return store;
};
const entryOf = (command: Command, sequence: number, firstUnanswered: number): Uint8Array =>
  encodeEnvelope({ session, sequence, firstUnanswered, operation: encodeOperation(command) });

function resultOf(answer: Uint8Array): CommandResult {
  const decoded = decodeAnswer(answer);
  if (decoded.kind !== 'result') throw new Error(`no result: ${JSON.stringify(decoded)}`);
  return decodeResult(decoded.result);
}

describe('the store, whatever is asked of it', () => {
  it('answers as a naive one does', () => {
    fc.assert(
      fc.property(fc.array(commands, { maxLength: 40 }), (asked) => {
        const store = opened();
        const naive = new NaiveStore();
        asked.forEach((command, at) => {
          const index = store.appliedIndex + 1;
          expect(resultOf(store.apply(index, entryOf(command, at + 1, at + 1)))).toEqual(
            naive.run(command, index),
          );
        });
      }),
      { numRuns: 500 },
    );
  });

  it('carries each command out once, however often and in whatever order its copies come', () => {
    const copies = fc.array(fc.nat({ max: 9 }), { minLength: 10, maxLength: 40 });
    fc.assert(
      fc.property(fc.array(commands, { minLength: 10, maxLength: 10 }), copies, (asked, order) => {
        const store = opened();
        const naive = new NaiveStore();
        const first = new Map<number, CommandResult>();
        for (const at of order) {
          const command = asked[at];
          if (command === undefined) continue;
          const index = store.appliedIndex + 1;
          const result = resultOf(store.apply(index, entryOf(command, at + 1, 1)));
          const expected = first.get(at) ?? naive.run(command, index);
          first.set(at, expected);
          expect(result).toEqual(expected);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('goes on from a snapshot as if nothing had been', () => {
    fc.assert(
      fc.property(
        fc.array(commands, { maxLength: 30 }),
        fc.array(commands, { maxLength: 30 }),
        (before, after) => {
          const store = opened();
          before.forEach((command, at) => {
            store.apply(store.appliedIndex + 1, entryOf(command, at + 1, Math.max(1, at - 3)));
          });
          const restored = createStore();
          restored.restore(store.snapshot());
          expect(restored.appliedIndex).toBe(store.appliedIndex);
          expect(restored.snapshot()).toEqual(store.snapshot());
          // Copies of earlier commands are among what follows.
          [...before.slice(-3), ...after].forEach((command, at) => {
            const entry = entryOf(command, Math.max(1, before.length - 2 + at), 1);
            const index = store.appliedIndex + 1;
            expect(restored.apply(index, entry)).toEqual(store.apply(index, entry));
            expect(restored.digest()).toBe(store.digest());
          });
        },
      ),
      { numRuns: 200 },
    );
  });

  it('answers any bytes in the log, and the same at every node', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 })), (entries) => {
        const [one, other] = [opened(), opened()];
        for (const entry of entries) {
          const index = one.appliedIndex + 1;
          expect(one.apply(index, entry)).toEqual(other.apply(index, entry));
          const operation = encodeEnvelope({
            session,
            sequence: index,
            firstUnanswered: index,
            operation: entry,
          });
          expect(one.apply(index + 1, operation)).toEqual(other.apply(index + 1, operation));
          expect(one.query(entry)).toEqual(other.query(entry));
        }
        expect(one.digest()).toBe(other.digest());
      }),
    );
  });
});

describe('a snapshot', () => {
  it('that was changed on the way is refused, or is one, and a refused one leaves the store as it was', () => {
    fc.assert(
      fc.property(fc.array(commands, { maxLength: 10 }), fc.nat(), fc.nat({ max: 7 }), (asked, at, bit) => {
        const store = opened();
        asked.forEach((command, number) => {
          store.apply(store.appliedIndex + 1, entryOf(command, number + 1, 1));
        });
        const bytes = store.snapshot();
        const place = at % bytes.length;
        const other = opened();
        const before = other.digest();
        expect(() => other.restore(bytes.subarray(0, place))).toThrow(SnapshotError);
        bytes[place] = (bytes[place] ?? 0) ^ (1 << bit);
        try {
          other.restore(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(SnapshotError);
          expect(other.digest()).toBe(before);
          expect(other.appliedIndex).toBe(1);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('of ten thousands of entries is restored whole', () => {
    const store = opened();
    for (let at = 1; at <= 25_000; at++) {
      store.apply(at + 1, entryOf({ op: 'put', path: `/many/k${at}`, value: at }, at, at));
    }
    const restored = createStore();
    restored.restore(store.snapshot());
    expect(restored.digest()).toBe(store.digest());
    const found = decodeResult(restored.query(encodeOperation({ op: 'get', path: '/many/k25000' })));
    expect(found).toMatchObject({ value: 25_000, version: 1 });
    expect(restored.snapshot()).toEqual(store.snapshot());
  });
});
