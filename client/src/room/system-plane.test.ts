import { encodeValue, valueLimits } from '@quorate/shared/wire';
import { describe, expect, test, vi } from 'vitest';
import type { Lane, Mesh, MeshListener } from '../mesh/index.js';
import { VirtualClock } from '../mesh/virtual-network.js';
import { deflate } from './deflate.js';
import {
  encodeRefusal,
  encodeSystem,
  type News,
  type Refusal,
  type SystemMessage,
  systemVersion,
} from './messages.js';
import { type EnvelopeKind, sealEnvelope } from './overlay/envelope.js';
import { MeshSystemPlane } from './system-plane.js';

type Sent = { readonly lane: Lane; readonly frame: Uint8Array };

const own = 'tab1'.padEnd(26, 'a');
const other = 'tab2'.padEnd(26, 'a');

/** A plane on a mesh whose frames lie in a list until a test hands them on. */
function plane(self = own, peer = other, isPartial = true) {
  const sent: Sent[] = [];
  const heard: SystemMessage[] = [];
  const bad: Refusal[] = [];
  const refused: Refusal[] = [];
  const clock = new VirtualClock();
  let listener: MeshListener = {};
  const mesh: Pick<Mesh, 'send' | 'on' | 'links'> = {
    links: () => new Map(),
    send: (_peer, lane, frame) => {
      sent.push({ lane, frame });
      return 'sent';
    },
    on: (given) => {
      listener = given;
      return () => undefined;
    },
  };
  const made = new MeshSystemPlane(
    mesh as Mesh,
    {
      onMessage: (_from, message) => heard.push(message),
      onLabFrame: () => undefined,
      onPeer: () => undefined,
      onBadMessage: (_from, refusal) => bad.push(refusal),
      onRefused: (_by, refusal) => refused.push(refusal),
    },
    {
      self,
      scheduler: clock,
      seed: 1,
      incarnation: 1,
      isRemoved: () => false,
      isPartial: () => isPartial,
      isHere: () => true,
      onWishes: () => undefined,
    },
  );
  const receive = (lane: Lane, frame: Uint8Array): void =>
    listener.onFrame?.(peer, lane, new Uint8Array(frame));
  return {
    made,
    sent,
    heard,
    bad,
    refused,
    clock,
    receive,
    up: () => listener.onUp?.(peer),
    accuse: () => listener.onAccused?.(peer, 'malformed'),
  };
}

/** Two planes whose overlays have become neighbours, with nothing on its way between them. */
function neighbours() {
  const [a, b] = [plane(), plane(other, own)];
  const carry = (): void => {
    while (a.sent.length + b.sent.length > 0) {
      for (const { lane, frame } of a.sent.splice(0)) b.receive(lane, frame);
      for (const { lane, frame } of b.sent.splice(0)) a.receive(lane, frame);
    }
  };
  for (const { up } of [a, b]) up();
  carry();
  return { a, b, carry };
}

const batch = (first: number): News => ({
  type: 'trace',
  events: Array.from({ length: 40 }, (_, i) => ({
    type: 'note',
    node: 'n1',
    seq: first + i,
    code: 'a-note',
  })),
  touched: {},
});

test('batches of trace go deflated, in bulk, and come in whole and in order', async () => {
  const { a, b } = neighbours();
  for (let first = 0; first < 400; first += 40) a.made.spread(batch(first));
  await vi.waitFor(() => expect(a.sent).toHaveLength(10));
  for (const { lane, frame } of a.sent) {
    expect(lane).toBe('bulk');
    expect(frame.length).toBeLessThan(600);
    b.receive(lane, frame);
  }
  await vi.waitFor(() => expect(b.heard).toHaveLength(10));
  expect(b.heard).toEqual(Array.from({ length: 10 }, (_, i) => batch(40 * i)));
});

test('a batch that is too long for one broadcast is told in parts, in order', async () => {
  const { a, b } = neighbours();
  const random = new Uint8Array(60_000);
  crypto.getRandomValues(random);
  const events = Array.from({ length: 60 }, (_, i) => ({
    seq: i,
    bytes: random.slice(i * 1000, i * 1000 + 1000),
  }));
  a.made.spread({ type: 'trace', events, touched: {} });
  a.made.spread(batch(60));
  await vi.waitFor(() => expect(a.sent.length).toBeGreaterThanOrEqual(3));
  for (const { lane, frame } of a.sent) b.receive(lane, frame);
  await vi.waitFor(() => expect(b.heard.at(-1)).toEqual(batch(60)));
  expect(b.heard.slice(0, -1).flatMap((news) => (news.type === 'trace' ? news.events : []))).toEqual(events);
});

test('news that is long goes deflated', async () => {
  const { a, b } = neighbours();
  const tab = { id: own, name: 'x'.repeat(20_000) };
  a.made.spread({ type: 'tab', tab } as unknown as News);
  await vi.waitFor(() => expect(a.sent).toHaveLength(1));
  expect(a.sent[0]?.frame.length).toBeLessThan(1_000);
  for (const { lane, frame } of a.sent) b.receive(lane, frame);
  // Read, and found to be none: what counts here is that it came out whole.
  await vi.waitFor(() => expect(b.bad).toMatchObject([{ message: expect.stringMatching(/^tab/) }]));
});

test('a page that does not get to it holds no more than some seconds of trace', async () => {
  const { a } = neighbours();
  for (let i = 0; i < 1_000; i += 1) a.made.spread(batch(i));
  a.made.spread({ type: 'wantKeyframe', node: null });
  await vi.waitFor(() => expect(a.sent.length).toBeGreaterThan(32));
  expect(a.sent).toHaveLength(33);
});

/** Gossip of the first tab, with any body. */
function gossipOf(
  sequence: number,
  kind: EnvelopeKind,
  body: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const payload = sealEnvelope({ kind, serial: sequence, body });
  const message = { origin: own, incarnation: 1, sequence, payload };
  return encodeSystem({ type: 'overlay', message: { type: 'gossip', message, round: 0, isRepair: false } });
}

test('news that grows without bound, or is no deflated one, is told of, goes no further, and harms no later one', async () => {
  const { a, b } = neighbours();
  const bomb = await deflate(new Uint8Array(50_000_000));
  b.receive('bulk', new Uint8Array([0, ...gossipOf(1_001, 'trace', bomb)]));
  b.receive('bulk', new Uint8Array([0, ...gossipOf(1_002, 'trace', Uint8Array.of(1, 2, 3))]));
  b.receive('control', gossipOf(1_003, 'news', encodeSystem({ type: 'digest', document: 1, tabs: 1 })));
  b.receive('control', gossipOf(1_004, 'news', encodeSystem(batch(0))));
  await vi.waitFor(() => expect(b.bad).toHaveLength(4));
  a.made.spread(batch(0));
  await vi.waitFor(() => expect(a.sent).toHaveLength(1));
  for (const { lane, frame } of a.sent) b.receive(lane, frame);
  await vi.waitFor(() => expect(b.heard).toEqual([batch(0)]));
  expect(b.bad).toMatchObject([
    { plane: 'system', code: 'malformed', message: 'digest is no news, or came the wrong way' },
    { plane: 'system', code: 'malformed', message: 'trace is no news, or came the wrong way' },
    { plane: 'system', code: 'oversized', message: expect.stringContaining('bytes when inflated') },
    { plane: 'system', code: 'malformed' },
  ]);
});

test('a neighbour that passes on more than one may is told so, and what it sends beyond is dropped', async () => {
  const { a, b } = neighbours();
  for (let serial = 1; serial <= 2_500; serial += 1) a.made.spread({ type: 'flash', node: own, serial });
  for (const { lane, frame } of a.sent.splice(0)) b.receive(lane, frame);
  expect(b.heard).toHaveLength(2_000);
  expect(b.bad[0]).toMatchObject({ code: 'too-often' });
  b.clock.advance(10_000);
  a.made.spread({ type: 'flash', node: own, serial: 9_999 });
  for (const { lane, frame } of a.sent.splice(0)) b.receive(lane, frame);
  expect(b.heard.at(-1)).toMatchObject({ serial: 9_999 });
});

test('a repair that nobody asked for, and what is no gossip at all, are refused', () => {
  const { b } = neighbours();
  const payload = sealEnvelope({ kind: 'news', serial: 0, body: encodeSystem(batch(0)) });
  const message = { origin: own, incarnation: 1, sequence: 1, payload };
  for (const given of [
    { type: 'repair', messages: [{ message, round: 0 }], more: false },
    { type: 'explode' },
    3,
  ])
    b.receive('control', encodeSystem({ type: 'overlay', message: given }));
  expect(b.heard).toEqual([]);
  expect(b.bad.map(({ code }) => code)).toEqual(['malformed', 'malformed', 'malformed']);
});

/** What the sender of `frame` learns: the frames that come back, as a plane of its own reads them. */
function answerTo(lane: Lane, frame: Uint8Array): readonly Refusal[] {
  const receiver = plane();
  const sender = plane(other, own);
  receiver.receive(lane, frame);
  for (const { lane: answered, frame: answer } of receiver.sent) sender.receive(answered, answer);
  expect(sender.sent).toEqual([]);
  expect(sender.bad).toEqual([]);
  return sender.refused;
}

describe('the sender of something bad', () => {
  const cases: readonly [string, Uint8Array, string][] = [
    ['no value', new Uint8Array([0xc1]), 'malformed'],
    ['an unknown message', encodeValue([systemVersion, { type: 'explode' }]), 'malformed'],
    ['an older version', encodeValue([systemVersion - 1, { type: 'wantKeyframe' }]), 'wrong-version'],
    ['a newer version of another form', encodeValue({ version: systemVersion + 1 }), 'wrong-version'],
    [
      'too long a text',
      encodeValue([
        systemVersion,
        { type: 'ordered', id: 1, error: 'x'.repeat(valueLimits.stringBytesMax + 1) },
      ]),
      'oversized',
    ],
  ];
  test.each(cases)('is told: %s', (_, frame, code) => {
    expect(answerTo('control', frame)).toMatchObject([
      { plane: 'system', code, message: expect.stringMatching(/./) },
    ]);
  });

  test('is told what the lab found, too', () => {
    const receiver = plane();
    receiver.made.refuse(other, { plane: 'lab', code: 'wrong-version', message: 'reload the tab' });
    const [answer] = receiver.sent;
    if (answer === undefined) throw new Error('nothing was sent');
    const sender = plane();
    sender.receive(answer.lane, answer.frame);
    expect(sender.refused).toEqual([{ plane: 'lab', code: 'wrong-version', message: 'reload the tab' }]);
  });

  test('is told only so often, however much it sends, and again later', () => {
    const { receive, sent, bad, clock } = plane();
    for (let i = 0; i < 1_000; i += 1) receive('control', new Uint8Array([0xc1]));
    expect([sent.length, bad.length]).toEqual([5, 5]);
    clock.advance(10_000);
    receive('control', new Uint8Array([0xc1]));
    expect(sent).toHaveLength(6);
  });
});

describe('a refusal', () => {
  test.each([
    ['of planes and codes to come', encodeRefusal({ plane: 'gossip', code: 'unheard-of', message: 'no' })],
    ['with more than is known', encodeValue(['refused', 'lab', 'malformed', 'no', { since: 3 }])],
    ['without anything', encodeValue(['refused'])],
    ['of the wrong types', encodeValue(['refused', 1, {}, [[]]])],
    ['of endless length', encodeValue(['refused', 'x'.repeat(9_000), 'y'.repeat(9_000), 'z'.repeat(9_000)])],
  ])('%s is read, cut short, and never answered', (_, frame) => {
    const { receive, sent, bad, refused } = plane();
    receive('control', frame);
    expect([sent, bad]).toEqual([[], []]);
    expect(refused).toHaveLength(1);
    expect(JSON.stringify(refused).length).toBeLessThan(500);
  });

  test('is heard only so often of one peer', () => {
    const { receive, refused, accuse } = plane();
    for (let i = 0; i < 100; i += 1) {
      receive('control', encodeRefusal({ plane: 'lab', code: 'malformed', message: '' }));
      accuse();
    }
    expect(refused).toHaveLength(5);
  });
});

test('a tab that is linked to all tells them by itself, news and trace, and nobody passes it on', async () => {
  const [a, b] = [plane(own, other, false), plane(other, own, false)];
  a.up();
  b.up();
  a.sent.length = 0;
  b.sent.length = 0;
  a.made.spread({ type: 'flash', node: own, serial: 1 });
  for (let first = 0; first < 120; first += 40) a.made.spread(batch(first));
  await vi.waitFor(() => expect(a.sent).toHaveLength(4));
  expect(a.sent.map(({ lane }) => lane)).toEqual(['control', 'bulk', 'bulk', 'bulk']);
  for (const { lane, frame } of a.sent) b.receive(lane, frame);
  await vi.waitFor(() => expect(b.heard).toHaveLength(4));
  expect(b.heard.slice(1)).toEqual([batch(0), batch(40), batch(80)]);
  expect(b.sent).toEqual([]);
});
