import { beforeAll, describe, expect, test } from 'vitest';
import { groupsMax } from '../../api/plan-groups.js';
import { namesMax, type RoomDocument, type RunEntry, removedMax, runOf, signersMax } from '../document.js';
import { changed, open, person } from './cast.js';
import { applyChange, type Change } from './changes.js';
import { coHostsMax, type RoomVersion, type Signer } from './signed.js';

let host: Signer;
let version: RoomVersion;

beforeAll(async () => {
  host = await person();
  version = await open(host);
});

const node = (n: number): string => `node${n}`.padEnd(26, 'x');
const run = (id: string): RunEntry => ({
  id,
  protocol: 'raft',
  group: null,
  voters: [node(1)],
  servers: [node(1)],
  salvaged: null,
  options: {},
  running: true,
  pace: 1,
  paused: false,
  until: null,
  faults: [],
});

/** The run of the whole room. */
const currentRun = (document: RoomDocument): RunEntry | null => runOf(document, node(0));

/** The version after these changes, all by the host. */
async function after(changes: readonly Change[], base = version): Promise<RoomVersion> {
  let last = base;
  for (const change of changes) last = await changed(last, host, change);
  return last;
}

const codeOf = (base: RoomVersion, change: Change): string | null => {
  try {
    applyChange(base, change, host.node, 1);
    return null;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'another error';
  }
};

describe('a change', () => {
  test('counts for its signer, rises in version, and never back in time', () => {
    const { document } = applyChange(version, { kind: 'pace', pace: 0.5 }, host.node, 5);
    expect(document).toMatchObject({
      version: 2,
      changedAtMs: version.document.changedAtMs,
      changes: [{ by: host.node, count: 2 }],
      pace: 0.5,
    });
  });

  test('starts one run at a time, changes the one that is on, and stops it', async () => {
    const started = await after([{ kind: 'start', run: run('one') }]);
    expect(codeOf(started, { kind: 'start', run: run('two') })).toBe('already-running');
    const fault = { kind: 'cut', from: '*', to: '*' } as const;
    const changedRun = await after(
      [
        { kind: 'pause', run: 'one', paused: true, until: null },
        { kind: 'pace', pace: 0.5 },
        { kind: 'addServers', run: 'one', servers: [node(2), node(1)] },
        {
          kind: 'faults',
          run: 'one',
          end: [],
          add: [
            { id: 'a', fault },
            { id: 'b', fault },
          ],
        },
        { kind: 'faults', run: 'one', end: ['a'], add: [{ id: 'c', fault }] },
      ],
      started,
    );
    expect(currentRun(changedRun.document)).toMatchObject({
      paused: true,
      pace: 0.5,
      servers: [node(1), node(2)],
    });
    expect(currentRun(changedRun.document)?.faults.map(({ id }) => id)).toEqual(['b', 'c']);
    const cleared = await after([{ kind: 'faults', run: 'one', end: 'all', add: [] }], changedRun);
    expect(currentRun(cleared.document)?.faults).toEqual([]);
    const stopped = await after([{ kind: 'stop', run: 'one' }], cleared);
    expect(currentRun(stopped.document)).toBeNull();
    const late: readonly Change[] = [
      { kind: 'stop', run: 'one' },
      { kind: 'pause', run: 'one', paused: true, until: null },
      { kind: 'addServers', run: 'one', servers: [node(3)] },
      { kind: 'salvage', run: 'one', next: run('two') },
      { kind: 'faults', run: 'one', end: 'all', add: [] },
    ];
    for (const change of late) expect(codeOf(stopped, change), change.kind).toBe('not-running');
  });

  test('ends one run and begins another where one is salvaged', async () => {
    const salvaged = await after([
      { kind: 'start', run: run('one') },
      { kind: 'salvage', run: 'one', next: run('two') },
    ]);
    expect(salvaged.document.runs.map(({ id, running }) => [id, running])).toEqual([
      ['one', false],
      ['two', true],
    ]);
  });

  test('that names too many is refused: names, removed tabs, co-hosts', async () => {
    const many = (count: number, change: (n: number) => Change): Change[] =>
      Array.from({ length: count }, (_, n) => change(n));
    const cases: [number, (n: number) => Change][] = [
      [namesMax, (n) => ({ kind: 'rename', node: node(n), name: `name ${n}` })],
      [removedMax, (n) => ({ kind: 'remove', node: node(n) })],
      [coHostsMax, (n) => ({ kind: 'appoint', node: node(n) })],
    ];
    for (const [most, change] of cases) {
      const full = await after(many(most, change));
      expect(codeOf(full, change(most))).toBe('too-large');
      expect(codeOf(full, change(0))).not.toBe('too-large');
    }
  });

  test('removes neither the host nor a co-host, and appoints nobody who was removed', async () => {
    const appointed = await after([{ kind: 'appoint', node: node(1) }]);
    expect(codeOf(appointed, { kind: 'remove', node: node(1) })).toBe('not-allowed');
    expect(codeOf(appointed, { kind: 'remove', node: host.node })).toBe('not-allowed');
    const removed = await after([{ kind: 'remove', node: node(2) }], appointed);
    expect(codeOf(removed, { kind: 'appoint', node: node(2) })).toBe('not-allowed');
    const dismissed = await after([{ kind: 'dismiss', node: node(1) }], removed);
    expect(dismissed.charter.coHosts).toEqual([]);
    expect(codeOf(dismissed, { kind: 'remove', node: node(1) })).toBeNull();
  });

  test('that ends the room ends what runs, and nothing follows it', async () => {
    const ended = await after([{ kind: 'start', run: run('one') }, { kind: 'end' }]);
    expect(ended.document).toMatchObject({ ended: true });
    expect(currentRun(ended.document)).toBeNull();
    expect(codeOf(ended, { kind: 'pace', pace: 0.5 })).toBe('ended');
  });

  test('forgets the count of those who sign no more, never of those who do', async () => {
    const others = Array.from({ length: signersMax - 1 }, (_, n) => ({ by: node(n), count: 1 }));
    const document = { ...version.document, changes: [...version.document.changes, ...others] };
    const full = { ...version, document, charter: { ...version.charter, coHosts: [node(0)] } };
    const next = applyChange(full, { kind: 'pace', pace: 0.5 }, node(99), 1).document.changes;
    expect(next).toHaveLength(signersMax);
    for (const by of [host.node, node(0), node(99)]) expect(next.map((entry) => entry.by)).toContain(by);
    expect(next.map((entry) => entry.by)).not.toContain(node(1));
  });
});

describe('groups', () => {
  const group = (id: string, number: number, ...nodes: number[]): RunEntry => ({
    ...run(id),
    group: number,
    voters: nodes.map(node),
    servers: nodes.map(node),
  });
  const [one, two] = [group('one', 1, 1, 2, 3), group('two', 2, 4, 5, 6)];
  const split = { kind: 'split', runs: [one, two] } as const satisfies Change;
  const onIn = (base: RoomVersion): (string | number | null)[][] =>
    base.document.runs.filter(({ running }) => running).map(({ id, group: number }) => [id, number]);
  const entry = (base: RoomVersion, id: string): RunEntry | undefined =>
    base.document.runs.find((each) => each.id === id);

  test('begin together in one version, and not beside a run of the whole room', async () => {
    const begun = await after([split]);
    expect(begun.document.version).toBe(version.document.version + 1);
    expect(onIn(begun)).toEqual([
      ['one', 1],
      ['two', 2],
    ]);
    expect(codeOf(begun, { kind: 'start', run: run('room') })).toBe('already-running');
    const whole = await after([{ kind: 'start', run: { ...run('room'), group: 7 } }]);
    expect(onIn(whole)).toEqual([['room', null]]);
    expect(codeOf(whole, split)).toBe('already-running');
  });

  test('share no node: neither at the start, nor by joining later, nor by salvage', async () => {
    const begun = await after([split]);
    const over = { kind: 'split', runs: [group('three', 3, 7, 6)] } as const satisfies Change;
    expect(codeOf(begun, over)).toBe('in-another-group');
    expect(codeOf(version, { kind: 'split', runs: [one, group('three', 3, 3)] })).toBe('in-another-group');
    expect(codeOf(begun, { kind: 'addServers', run: 'one', servers: [node(4)] })).toBe('in-another-group');
    expect(codeOf(begun, { kind: 'addServers', run: 'one', servers: [node(1), node(7)] })).toBeNull();
    const next = group('next', 1, 1, 5);
    expect(codeOf(begun, { kind: 'salvage', run: 'one', next })).toBe('in-another-group');
    const free = await after([{ kind: 'stop', run: 'two' }], begun);
    expect(codeOf(free, { kind: 'salvage', run: 'one', next })).toBeNull();
    expect(codeOf(free, over)).toBeNull();
  });

  test('that began at the same time all begin: whoever comes second gets the next number', async () => {
    const begun = await after([split, { kind: 'split', runs: [group('three', 1, 7), group('four', 2, 8)] }]);
    expect(onIn(begun)).toEqual([
      ['one', 1],
      ['two', 2],
      ['three', 3],
      ['four', 4],
    ]);
  });

  test('are at most so many', async () => {
    const many = Array.from({ length: groupsMax }, (_, n) => group(`group${n}`, n + 1, n));
    const full = await after([{ kind: 'split', runs: many }]);
    expect(codeOf(full, { kind: 'split', runs: [group('more', 1, groupsMax)] })).toBe('too-large');
  });

  test('have faults, pace, pause and nodes of their own: what is done to one leaves the other as it was', async () => {
    const begun = await after([split]);
    const fault = { id: 'a', fault: { kind: 'cut', from: '*', to: '*' } } as const;
    const changes: readonly Change[] = [
      { kind: 'faults', run: 'one', end: [], add: [fault] },
      { kind: 'groupPace', run: 'one', pace: 0.5 },
      { kind: 'pause', run: 'one', paused: true, until: null },
      { kind: 'addServers', run: 'one', servers: [node(7)] },
      { kind: 'leaveGroup', run: 'one', nodes: [node(1)] },
      { kind: 'stop', run: 'one' },
    ];
    let last = begun;
    for (const change of changes) {
      const next = await after([change], last);
      expect(entry(next, 'one'), change.kind).not.toEqual(entry(last, 'one'));
      expect(entry(next, 'two'), change.kind).toEqual(two);
      last = next;
    }
    expect(entry(last, 'one')).toMatchObject({
      running: false,
      pace: 0.5,
      paused: true,
      servers: [2, 3, 7].map(node),
    });
    expect(last.document.pace).toBe(1);
  });

  test('keep their pace where that of the room is changed', async () => {
    const slower = await after([split, { kind: 'pace', pace: 0.5 }]);
    expect(slower.document).toMatchObject({ pace: 0.5, runs: [{ pace: 1 }, { pace: 1 }] });
  });

  test('let go whom they do not need, but not everybody', async () => {
    const begun = await after([split, { kind: 'leaveGroup', run: 'one', nodes: [node(1)] }]);
    expect(codeOf(begun, { kind: 'addServers', run: 'two', servers: [node(1)] })).toBeNull();
    expect(codeOf(begun, { kind: 'leaveGroup', run: 'one', nodes: [node(2), node(3)] })).toBe('bad-voters');
  });

  test('stop together: those that are still on, and none that has begun since', async () => {
    const begun = await after([
      split,
      { kind: 'stop', run: 'one' },
      { kind: 'split', runs: [group('three', 3, 7)] },
    ]);
    const stop = { kind: 'stopGroups', runs: ['one', 'two'] } as const satisfies Change;
    const stopped = await after([{ ...stop, runs: [...stop.runs] }], begun);
    expect(onIn(stopped)).toEqual([['three', 3]]);
    expect(codeOf(stopped, { ...stop, runs: [...stop.runs] })).toBe('not-running');
  });

  test('stay groups when they are salvaged', async () => {
    const salvaged = await after([
      split,
      { kind: 'salvage', run: 'two', next: { ...group('next', 9, 4), group: null } },
    ]);
    expect(onIn(salvaged)).toEqual([
      ['one', 1],
      ['next', 2],
    ]);
  });
});
