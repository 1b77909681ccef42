import { encodeValue, valueLimits } from '@quorate/shared/wire';
import { describe, expect, test, vi } from 'vitest';
import type { Lane, Mesh, MeshListener } from '../mesh/index.js';
import { deflate } from './deflate.js';
import {
  encodeRefusal,
  encodeSystem,
  type News,
  type Refusal,
  type SystemMessage,
  systemVersion,
} from './messages.js';
import { MeshSystemPlane } from './system-plane.js';

type Sent = { readonly lane: Lane; readonly frame: Uint8Array };

const own = 'tab1'.padEnd(26, 'a');
const other = 'tab2'.padEnd(26, 'a');

/** A plane on a mesh whose frames lie in a list until a test hands them on. */
function plane(self = own, peer = other) {
  const sent: Sent[] = [];
  const heard: SystemMessage[] = [];
  const bad: Refusal[] = [];
  const refused: Refusal[] = [];
  const clock = { nowMs: 0 };
  let listener: MeshListener = {};
  const mesh: Pick<Mesh, 'send' | 'on'> = {
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
    { self, linksOf: () => [], wantsTrace: () => true, nowMs: () => clock.nowMs },
  );
  listener.onUp?.(peer);
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
    accuse: () => listener.onAccused?.(peer, 'malformed'),
  };
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

test('batches of trace go deflated, and come in whole and in order', async () => {
  const { made, sent } = plane();
  const { heard, receive } = plane(other, own);
  for (let first = 0; first < 400; first += 40) made.spread(batch(first));
  await vi.waitFor(() => expect(sent).toHaveLength(10));
  for (const { lane, frame } of sent) {
    expect(lane).toBe('bulk');
    expect(frame.length).toBeLessThan(500);
    receive(lane, frame);
  }
  await vi.waitFor(() => expect(heard).toHaveLength(10));
  expect(heard).toEqual(Array.from({ length: 10 }, (_, i) => batch(40 * i)));
});

test('a page that does not get to it holds no more than some seconds of trace', async () => {
  const { made, sent } = plane();
  for (let i = 0; i < 1_000; i += 1) made.spread(batch(i));
  made.spread({ type: 'wantKeyframe', node: null });
  await vi.waitFor(() => expect(sent.length).toBeGreaterThan(32));
  expect(sent).toHaveLength(33);
});

test('a frame that grows without bound, or is no deflated one, is told of and harms no later one', async () => {
  const { made, sent } = plane();
  const { heard, bad, receive } = plane(other, own);
  const bomb = await deflate(new Uint8Array(50_000_000));
  const spread = (serial: number, body: Uint8Array<ArrayBuffer>) =>
    encodeSystem({ type: 'spread', origin: own, page: 'p', serial, hops: 0, body });
  receive('bulk', new Uint8Array([0, ...spread(1, bomb)]));
  receive('bulk', new Uint8Array([0, ...spread(2, Uint8Array.of(1, 2, 3))]));
  made.spread(batch(0));
  await vi.waitFor(() => expect(sent).toHaveLength(1));
  for (const { lane, frame } of sent) receive(lane, frame);
  await vi.waitFor(() => expect(heard).toEqual([batch(0)]));
  expect(bad).toMatchObject([
    { plane: 'system', code: 'oversized', message: expect.stringContaining('bytes when inflated') },
    { plane: 'system', code: 'malformed' },
  ]);
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
    clock.nowMs = 10_000;
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
