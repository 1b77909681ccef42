import { beforeEach, describe, expect, test } from 'vitest';
import type { TabInfo } from '../api/types.js';
import type { Lab } from '../node/index.js';
import type { Change } from './control/index.js';
import { createDocument, type RunEntry, runInView, runOf } from './document.js';
import type { OrderAction } from './order-seal.js';
import { Quorate } from './quorate.js';
import type { Room } from './room.js';

const node = (n: number): string => `node${n}`.padEnd(26, 'x');

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
  paused: true,
  until: null,
  faults: [],
});
const [one, two] = [group(1, 0, 1, 2), group(2, 3, 4, 5)];

const tab = (n: number): TabInfo => ({
  id: node(n),
  name: `tab ${n}`,
  self: n === 0,
  host: n === 0,
  coHost: false,
  watching: false,
  link: 'direct',
  presence: 'here',
  // Crashed by button, one of each group.
  lab: n === 1 || n === 4 ? 'crashed' : 'running',
  hidden: false,
  browser: '',
  roundTripMs: null,
});

let changes: Change[];
let orders: [node: string, action: OrderAction][];
let asked: unknown[];
/** What a cluster answers to this tab's own node. */
let answer: Awaited<ReturnType<Lab['control']>>;
let refusal: Error | null;

beforeEach(() => {
  changes = [];
  orders = [];
  asked = [];
  answer = { ok: true, result: new Uint8Array() };
  refusal = null;
});

/** The API of node `self` in a room of eight where two groups run; the host drives. */
function enter(self: number, picked: string | null = null): Quorate {
  const document = { ...createDocument('maple-otter-42', node(0), 1), runs: [one, two] };
  const lab: Pick<Lab, 'alive' | 'control'> = {
    alive: true,
    control: async (run, action) => {
      asked.push([run, action]);
      return answer;
    },
  };
  const quorate = new Quorate();
  const room = {
    self: node(self),
    mayDrive: true,
    document,
    lab,
    run: runOf(document, node(self)),
    runInView: runInView(document, node(self), picked),
    info: () => ({ tabs: Array.from({ length: 8 }, (_, n) => tab(n)) }),
    links: { askServers: () => undefined, inOrderOfJoining: (nodes: readonly string[]) => [...nodes] },
    telemetry: { on: () => () => undefined, seen: 0 },
    onChange: () => () => undefined,
    change: async (change: Change) => {
      changes.push(change);
    },
    order: async (to: string, action: OrderAction) => {
      orders.push([to, action]);
      if (refusal !== null) throw refusal;
    },
  };
  quorate.attach(room as unknown as Room);
  return quorate;
}

describe('what drives the lab', () => {
  test('acts on the group that this tab looks at, or on the one that is named', async () => {
    const quorate = enter(0);
    await quorate.resume();
    await enter(0, 'run2').resume();
    await quorate.pause('run2');
    await quorate.pace.set(0.5, 'run2');
    await quorate.faults.set([{ kind: 'cut', from: '*', to: '*' }], 'run2');
    expect(changes.map((change) => ('run' in change ? change.run : null))).toEqual([
      'run1',
      'run2',
      'run2',
      'run2',
      'run2',
    ]);
    await expect(quorate.pause('run3')).rejects.toMatchObject({ code: 'not-running' });
  });

  test('steps at a node of that group, and at no other', async () => {
    const quorate = enter(0);
    await quorate.step({ node: node(2), fire: 'election' });
    expect(orders).toMatchObject([[node(2), { kind: 'fire' }]]);
    await expect(quorate.step({ node: node(3), fire: 'election' })).rejects.toMatchObject({
      code: 'unknown-node',
    });
  });

  test('calms one group: what has crashed in another stays so', async () => {
    await enter(0).calm();
    expect(orders).toEqual([[node(1), 'restart']]);
    expect(changes).toEqual([{ kind: 'pause', run: 'run1', paused: false, until: null }]);
  });
});

describe('the voters of a group', () => {
  test('are changed by its own node; who comes is added first, and who goes leaves the group after', async () => {
    const voters = [0, 1, 6].map(node);
    await enter(0).reconfigure(voters);
    expect(asked).toEqual([['run1', { kind: 'reconfigure', voters }]]);
    expect(changes).toEqual([
      { kind: 'addServers', run: 'run1', servers: [node(6)] },
      { kind: 'leaveGroup', run: 'run1', nodes: [node(2)] },
    ]);
  });

  test('are asked of one of them by who is in another group, or in none', async () => {
    for (const self of [0, 7]) await enter(self, 'run2').transferLeadership(node(5));
    expect(asked).toEqual([]);
    const action = { kind: 'transferLeadership', to: node(5) };
    const order = [node(3), { kind: 'control', run: 'run2', action }];
    expect(orders).toEqual([order, order]);
  });

  test('let go whom they could not take, where it is sure that they did not', async () => {
    const voters = [0, 1, 6].map(node);
    const left = { kind: 'leaveGroup', run: 'run1', nodes: [node(6)] };
    answer = { ok: false, error: 'not-caught-up' };
    await expect(enter(0).reconfigure(voters)).rejects.toMatchObject({ code: 'not-caught-up' });
    expect(changes.at(-1)).toEqual(left);
    changes = [];
    answer = { ok: false, error: 'timeout' };
    await expect(enter(0).reconfigure(voters)).rejects.toMatchObject({ code: 'timeout' });
    expect(changes.map(({ kind }) => kind)).toEqual(['addServers']);
  });
});

test('a tab in no group sends nothing, and says why', async () => {
  const quorate = enter(7);
  expect(quorate.status()).toMatchObject({ run: 'run1', group: 'Group 1', takesPart: false, role: null });
  await expect(quorate.submit({ op: 'get', path: '/a' })).rejects.toMatchObject({ code: 'watching' });
  await expect(quorate.inputs()).rejects.toMatchObject({ code: 'watching' });
});
