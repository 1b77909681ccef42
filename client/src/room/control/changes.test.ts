import { beforeAll, describe, expect, test } from 'vitest';
import { currentRun, namesMax, type RunEntry, removedMax, signersMax } from '../document.js';
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
