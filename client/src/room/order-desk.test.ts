import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Lab } from '../node/index.js';
import { changed, code, open, person } from './control/cast.js';
import { ControlPlane, type RoomVersion, type Signer } from './control/index.js';
import type { SystemMessage } from './messages.js';
import { OrderDesk } from './order-desk.js';
import { newLife, type Order, sealOrder } from './order-seal.js';
import { Roster } from './roster.js';

let host: Signer;
let ada: Signer;
let eve: Signer;
let mia: Signer;
let base: RoomVersion;

beforeAll(async () => {
  [host, ada, eve, mia] = await Promise.all([person(), person(), person(), person()]);
  base = await changed(await open(host), host, { kind: 'appoint', node: ada.node });
});

type Desk = {
  readonly desk: OrderDesk;
  readonly control: ControlPlane;
  readonly done: string[];
  readonly refused: string[];
  /** What it sent to somebody who has no desk here. */
  readonly said: SystemMessage[];
};

let desks: Map<string, Desk>;
/** What a cluster comes to that a node has asked for something. */
let agreement: ReturnType<Lab['control']>;
beforeEach(() => {
  desks = new Map();
  agreement = Promise.resolve({ ok: true, result: new Uint8Array() });
});

/** A tab with a desk of its own, linked to all that there are. */
function sit(signer: Signer, version: RoomVersion): Desk {
  const done: string[] = [];
  const refused: string[] = [];
  const said: SystemMessage[] = [];
  const lab: Pick<Lab, 'crash' | 'restart' | 'control'> = {
    control: (run, action) => {
      done.push(`${action.kind} ${run}`);
      return agreement;
    },
    crash: () => done.push('crash'),
    restart: () => done.push('restart'),
  };
  const control = new ControlPlane({
    code,
    self: signer.node,
    signer,
    hostKey: null,
    kept: version,
    onVersion: (next, mustTell) => {
      if (!mustTell) return;
      for (const [node, other] of desks)
        if (node !== signer.node) other.control.offer(signer.node, next.signed, false);
    },
    onRefused: (_, kind) => refused.push(kind),
    onChange: () => undefined,
  });
  const send = (to: string, message: SystemMessage): void => {
    const other = desks.get(to);
    if (other === undefined) said.push(message);
    else if (message.type === 'order' || message.type === 'ordered') other.desk.take(signer.node, message);
  };
  const roster = new Roster();
  for (const { node } of [host, ada, eve, mia]) roster.merge(record(node));
  const desk: OrderDesk = new OrderDesk({
    self: signer.node,
    code,
    signer,
    control,
    plane: () => ({
      peers: new Set([...desks.keys()].filter((node) => node !== signer.node)),
      send,
      spread: () => undefined,
      sendLabFrame: () => undefined,
      overlay: { wished: new Set(), isAlone: true },
      removed: () => undefined,
      stop: () => undefined,
      refuse: (_, { code: kind }) => refused.push(kind),
    }),
    roster: () => roster,
    links: () => ({
      isHere: (node) => desks.has(node),
      withLink: (_, use) => use(),
      askServers: () => undefined,
    }),
    lab: () => lab as Lab,
    run: () => null,
    onRestart: () => undefined,
  });
  for (const [node, other] of desks) {
    other.desk.heardLife(signer.node, desk.life);
    desk.heardLife(node, other.desk.life);
  }
  const entry = { desk, control, done, refused, said };
  desks.set(signer.node, entry);
  return entry;
}

const record = (id: string) => ({
  id,
  publicKey: null,
  name: id,
  joinedMs: 1,
  stamp: 1,
  watching: false,
  hidden: false,
  left: false,
  lab: 'running' as const,
  browser: '',
  links: [],
});

const permit = (students: 'nothing' | 'own-node' | 'everything'): Promise<RoomVersion> =>
  changed(base, host, { kind: 'permit', students });

describe('a tab that may', () => {
  test('has the host, or a co-host while the host is away, change the room', async () => {
    const version = await permit('everything');
    const student = sit(eve, version);
    await expect(student.desk.change({ kind: 'pace', pace: 0.5 })).rejects.toMatchObject({
      code: 'unreachable',
    });
    sit(ada, version);
    await student.desk.change({ kind: 'pace', pace: 0.5 });
    expect(student.control.version).toMatchObject({ signer: ada.node, document: { pace: 0.5 } });
    sit(host, version).control.offer(ada.node, (student.control.version ?? version).signed, false);
    await desks.get(host.node)?.control.settled(ada.node);
    await student.desk.change({ kind: 'pace', pace: 0.25 });
    expect(student.control.version).toMatchObject({ signer: host.node, document: { pace: 0.25 } });
  });

  test('crashes and restarts another’s node, in that order', async () => {
    const other = sit(eve, base);
    const first = sit(host, base);
    await Promise.all([first.desk.order(eve.node, 'crash'), first.desk.order(eve.node, 'restart')]);
    expect(other.done).toEqual(['crash', 'restart']);
  });
});

describe('a group of which one is no part', () => {
  const transfer = (to: string) =>
    ({ kind: 'control', run: 'r', action: { kind: 'transferLeadership', to } }) as const;

  test('is asked through one that takes part, and its answer comes back', async () => {
    const other = sit(eve, base);
    const first = sit(host, base);
    await first.desk.order(eve.node, transfer(eve.node));
    expect(other.done).toEqual(['transferLeadership r']);
    agreement = Promise.resolve({ ok: false, error: 'not-transferred' });
    await expect(first.desk.order(eve.node, transfer(eve.node))).rejects.toMatchObject({
      code: 'not-transferred',
    });
  });

  test('is asked by whoever drives the lab alone', async () => {
    sit(eve, base);
    await expect(sit(mia, base).desk.order(eve.node, transfer(mia.node))).rejects.toMatchObject({
      code: 'not-host',
    });
  });

  test('that can’t agree keeps no crash waiting', async () => {
    const other = sit(eve, base);
    const first = sit(host, base);
    let agree: (answer: Awaited<typeof agreement>) => void = () => undefined;
    agreement = new Promise((resolve) => {
      agree = resolve;
    });
    const asked = first.desk.order(eve.node, transfer(eve.node));
    await first.desk.order(eve.node, 'crash');
    expect(other.done).toEqual(['transferLeadership r', 'crash']);
    agree('crashed');
    await expect(asked).rejects.toMatchObject({ code: 'crashed' });
  });
});

describe('the tab that decides', () => {
  /** What `giver` gets for an order that its own screen would not let it give. */
  async function answerTo(
    decider: Desk,
    giver: Signer,
    order: Order,
    seal: Partial<Forgery> = {},
  ): Promise<unknown> {
    const { signer = giver, life = decider.desk.life, to = host.node, room = code, id = 5, times = 1 } = seal;
    const sealed = await sealOrder(signer, { room, to, life }, id, order);
    const before = decider.said.length;
    for (let i = 0; i < times; i += 1) decider.desk.take(giver.node, sealed);
    await vi.waitFor(() => expect(decider.said).toHaveLength(before + times));
    return decider.said.at(-1);
  }
  type Forgery = {
    readonly signer: Signer;
    readonly life: Uint8Array;
    readonly to: string;
    readonly room: string;
    readonly id: number;
    readonly times: number;
  };
  const error = (kind: string): unknown =>
    expect.objectContaining({ error: expect.objectContaining({ code: kind }) });
  const crash: Order = { type: 'node', action: 'crash' };
  const slower: Order = { type: 'change', change: { kind: 'pace', pace: 0.5 } };

  test('asks again whether who asks may', async () => {
    const decider = sit(host, base);
    for (const order of [crash, slower, { type: 'change', change: { kind: 'end' } } as const])
      expect(await answerTo(decider, eve, order, { id: desks.size + decider.said.length })).toEqual(
        error('not-host'),
      );
    expect(decider.done).toEqual([]);
    expect(decider.refused).toEqual([]);
    expect(decider.control.version).toBe(base);
  });

  test('believes nobody an order that another key has signed, or that is for another page, room or tab', async () => {
    const decider = sit(host, base);
    const forgeries: Partial<Forgery>[] = [
      { signer: eve },
      { life: newLife() },
      { to: eve.node },
      { room: 'amber-heron-11' },
    ];
    for (const forgery of forgeries)
      expect(await answerTo(decider, ada, crash, forgery)).toEqual(error('not-allowed'));
    expect(decider.done).toEqual([]);
    expect(decider.refused).toEqual(forgeries.map(() => 'forged'));
    expect(await answerTo(decider, ada, crash)).toMatchObject({ error: null });
    expect(decider.done).toEqual(['crash']);
  });

  test('does what it is told once, however often it hears it', async () => {
    const decider = sit(host, base);
    expect(await answerTo(decider, ada, crash, { times: 3 })).toEqual(error('not-allowed'));
    expect(decider.done).toEqual(['crash']);
    expect(await answerTo(decider, ada, crash, { id: 4 })).toEqual(error('not-allowed'));
    expect(await answerTo(decider, ada, crash, { id: 6 })).toMatchObject({ error: null });
    expect(decider.done).toEqual(['crash', 'crash']);
  });
});
