import { beforeEach, describe, expect, test } from 'vitest';
import type { TabInfo } from '../api/types.js';
import type { Change } from './control/index.js';
import { createDocument, type RoomDocument, type RunEntry, runInView, runOf } from './document.js';
import { GroupDesk } from './group-desk.js';
import { Helm } from './helm.js';
import { ObservedRuns } from './observed-runs.js';
import type { Room } from './room.js';

const node = (n: number): string => `node${n}`.padEnd(26, 'x');
const tab = (n: number): TabInfo => ({
  id: node(n),
  name: `tab ${n}`,
  self: n === 0,
  host: n === 0,
  coHost: false,
  watching: false,
  link: n === 0 ? 'self' : 'direct',
  presence: 'here',
  lab: 'idle',
  hidden: false,
  browser: '',
  roundTripMs: null,
});

const group = (number: number, ...nodes: number[]): RunEntry => ({
  id: `run${number}`,
  protocol: 'raft',
  group: number,
  voters: nodes.map(node),
  servers: nodes.map(node),
  salvaged: null,
  options: {},
  running: true,
  pace: 1,
  paused: false,
  until: null,
  faults: [],
});

let asked: Change[];
let document: RoomDocument;
let mayDrive: boolean;
let picked: string | null;
let desk: GroupDesk;

/** The host's tab, node 0, in a room of `count` tabs in which these groups run. */
function room(count: number, ...runs: RunEntry[]): void {
  document = { ...createDocument('maple-otter-42', node(0), 1), runs };
  const tabs = Array.from({ length: count }, (_, n) => tab(n));
  const fake: Pick<Room, 'self' | 'mayDrive' | 'document' | 'run' | 'runInView' | 'change' | 'show'> & {
    readonly info: () => { readonly tabs: readonly TabInfo[] };
    readonly links: Pick<Room['links'], 'inOrderOfJoining'>;
  } = {
    self: node(0),
    get mayDrive() {
      return mayDrive;
    },
    document,
    run: runOf(document, node(0)),
    get runInView() {
      return runInView(document, node(0), picked);
    },
    info: () => ({ tabs }),
    links: { inOrderOfJoining: (nodes) => [...nodes] },
    change: async (change) => {
      asked.push(change);
    },
    show: (run) => {
      picked = run;
    },
  };
  const helm = new Helm();
  helm.attach(fake as unknown as Room);
  desk = new GroupDesk(helm, () => new ObservedRuns(node(0)));
}

beforeEach(() => {
  asked = [];
  mayDrive = true;
  picked = null;
});

/** The groups that were asked for, by their nodes' numbers. */
const begun = (): number[][] =>
  asked.flatMap((change) =>
    change.kind === 'split'
      ? change.runs.map(({ servers }) => servers.map((id) => Number(/\d+/.exec(id)?.[0])))
      : [],
  );

describe('splitting a room', () => {
  test('makes groups of one size, all in one change, and leaves the rest to watch', async () => {
    room(8);
    expect(await desk.split(3)).toHaveLength(2);
    expect(asked).toHaveLength(1);
    expect(begun()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(asked[0]).toMatchObject({
      runs: [
        { group: 1, protocol: 'raft', running: true, faults: [], pace: 1 },
        { group: 2, protocol: 'raft' },
      ],
    });
  });

  test('takes tabs that are in no group yet', async () => {
    room(7, group(1, 0, 1, 2));
    await desk.split(3, { protocol: 'gossip' });
    expect(begun()).toEqual([[3, 4, 5]]);
    expect(asked[0]).toMatchObject({ runs: [{ protocol: 'gossip' }] });
  });

  test('takes the groups that were made by hand', async () => {
    room(6);
    await desk.split([[node(5)], [node(4), node(0), node(2)]]);
    expect(begun()).toEqual([[5], [4, 0, 2]]);
  });

  test.each<[string, unknown, unknown, string]>([
    ['too few tabs', 7, {}, 'bad-voters'],
    ['a size that survives nothing', 2, {}, 'bad-voters'],
    ['no size', 'five', {}, 'bad-voters'],
    ['no groups', [], {}, 'bad-voters'],
    ['a group of nobody', [[]], {}, 'bad-voters'],
    ['no list', [null], {}, 'bad-voters'],
    ['a tab in two groups', [[node(1)], [node(1)]], {}, 'bad-voters'],
    ['a stranger', [[node(9)]], {}, 'unknown-node'],
    ['an unknown protocol', 3, { protocol: 'telepathy' }, 'unknown-protocol'],
    ['bad options', 3, { options: { electionTimeoutMinMs: 'soon' } }, 'bad-options'],
  ])('refuses %s', async (_, how, options, code) => {
    room(6);
    await expect(desk.split(how as number, options as object)).rejects.toMatchObject({ code });
    expect(asked).toEqual([]);
  });

  test('is for whoever drives the lab', async () => {
    room(6);
    mayDrive = false;
    await expect(desk.split(3)).rejects.toMatchObject({ code: 'not-host' });
    await expect(desk.stop()).rejects.toMatchObject({ code: 'not-host' });
  });
});

describe('groups that run', () => {
  test('are listed by their numbers, with the own one and the one that is looked at', () => {
    room(6, group(2, 3, 4, 5), group(1, 0, 1, 2));
    const shown = (): unknown[] => desk.list().map(({ name, own, shown }) => [name, own, shown]);
    expect(shown()).toEqual([
      ['Group 1', true, true],
      ['Group 2', false, false],
    ]);
    desk.show('run2');
    expect(shown()).toEqual([
      ['Group 1', true, false],
      ['Group 2', false, true],
    ]);
    desk.show();
    expect(picked).toBeNull();
    expect(() => desk.show('run3')).toThrow('No run run3 is on.');
  });

  test('stop one by one, or all', async () => {
    room(6, group(1, 0, 1, 2), group(2, 3, 4, 5), { ...group(3, 1), running: false });
    await desk.stop('run2');
    await desk.stop();
    expect(asked).toEqual([
      { kind: 'stopGroups', runs: ['run2'] },
      { kind: 'stopGroups', runs: ['run1', 'run2'] },
    ]);
    await expect(desk.stop('run3')).rejects.toMatchObject({ code: 'not-running' });
  });

  test('are none where a run is the whole room’s', async () => {
    room(3, { ...group(1, 0, 1, 2), group: null });
    expect(desk.list()).toEqual([]);
    await expect(desk.stop()).rejects.toMatchObject({ code: 'not-running' });
  });
});
