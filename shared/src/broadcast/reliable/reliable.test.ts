import { describe, expect, test } from 'vitest';
import { bytes, delivered, Solo, sent } from '../testing/index.js';
import type { Message, ReliableMessage } from './messages.js';
import { parseOptions } from './options.js';
import { reliableServer } from './reliable.js';
import type { ReliableState } from './state.js';

type Server = Solo<ReliableState, ReliableMessage>;

function solo(options: object = {}, voters?: readonly string[]): Server {
  const init = { options: parseOptions(options), ...(voters === undefined ? {} : { voters }) };
  return new Solo<ReliableState, ReliableMessage>(reliableServer, init);
}

/** The other node has nothing, and has said so: from here on it is given what it lacks. */
function meet(server: Server, ...nodes: readonly string[]): void {
  for (const node of nodes) server.deliver(node, { type: 'digest', holdings: [], asks: false });
}

function started(options: object = {}, voters?: readonly string[]): Server {
  const server = solo(options, voters);
  const others = (voters ?? ['a', 'b', 'c']).filter((node) => node !== 'a');
  server.start(...others);
  meet(server, ...others);
  return server;
}

const of = (origin: string, sequence: number, incarnation = 1): Message => ({
  origin,
  incarnation,
  sequence,
  payload: bytes(`${sequence}`),
});
const broadcast = (...messages: readonly Message[]): ReliableMessage => ({ type: 'broadcast', messages });
const has = (origin: string, upTo: number, ahead: readonly number[] = []): ReliableMessage => ({
  type: 'acknowledge',
  holdings: [{ origin, upTo, ahead: [...ahead] }],
});
const kinds = (effects: Parameters<typeof sent<ReliableMessage>>[0]): string[] =>
  sent(effects).map(([to, { type }]) => `${type} to ${to}`);

test('its options hold those of the failure detector below, checked as such', () => {
  expect(parseOptions({ detector: { heartbeatMs: 250 } }).detector).toMatchObject({
    heartbeatMs: 250,
    watchedMax: 8,
  });
  expect(() => parseOptions({ detector: { heartbeat: 250 } })).toThrow('no option "heartbeat"');
});

describe('a broadcast', () => {
  test('is on disk before it is answered, sent or delivered', () => {
    const a = started();
    expect(a.propose(1, 'x').map(({ type }) => type)).toEqual(['persist']);
    const effects = a.flush();
    expect(effects.map(({ type }) => type)).toContain('reply');
    expect(kinds(effects)).toEqual(['broadcast to b', 'broadcast to c']);
    expect(delivered(effects)).toEqual(['a/1 x']);
  });

  test('goes on being sent by its origin after a restart, under its first name; the next one has a new incarnation', () => {
    const a = started();
    a.propose(1, 'x');
    a.flush();
    a.restart('b');
    const again = a.deliver('b', { type: 'digest', holdings: [], asks: false });
    expect(sent(again)).toEqual([['b', broadcast({ ...of('a', 1), payload: bytes('x') })]]);
    a.propose(2, 'y');
    expect(sent(a.flush()).map(([, message]) => message)).toEqual([
      broadcast({ origin: 'a', incarnation: 2, sequence: 2, payload: bytes('y') }),
    ]);
  });

  test('is refused while too many are unacknowledged by somebody who can be reached', () => {
    const a = started({ pendingMax: 2 });
    for (const text of ['x', 'y']) a.propose(1, text);
    a.flush();
    expect(a.propose(3, 'z')).toEqual([{ type: 'refuse', request: 3, error: 'busy' }]);
    a.deliver('b', has('a', 2));
    expect(a.propose(4, 'z')).toEqual([{ type: 'refuse', request: 4, error: 'busy' }]);
    // The other one is gone: nobody waits for it.
    a.step({ type: 'peerDown', peer: 'c' });
    expect(a.propose(5, 'z').map(({ type }) => type)).toEqual(['persist']);
  });
});

describe('a message', () => {
  test('is acknowledged once it is on disk, and delivered then', () => {
    const a = started();
    const effects = a.deliver('b', broadcast(of('b', 1)));
    expect(sent(effects)).toEqual([]);
    expect(delivered(effects)).toEqual([]);
    const durable = a.flush();
    expect(sent(durable)).toEqual([['b', has('b', 1)]]);
    expect(delivered(durable)).toEqual(['b/1 1']);
  });

  test('that comes again is acknowledged again, and not delivered again: before, during and after its write', () => {
    const a = started();
    a.deliver('b', broadcast(of('b', 1)));
    expect(a.deliver('b', broadcast(of('b', 1)))).toEqual([]);
    expect(delivered(a.flush())).toEqual(['b/1 1']);
    const again = a.deliver('b', broadcast(of('b', 1)));
    expect(sent(again)).toEqual([['b', has('b', 1)]]);
    expect(delivered([...again, ...a.flush()])).toEqual([]);
  });

  test('delivered before a restart is not delivered after it, and is told as what was', () => {
    const a = started();
    a.deliver('b', broadcast(of('b', 1)));
    a.flush();
    const effects = a.restart('b');
    expect(effects.flatMap((effect) => (effect.type === 'indicate' ? [effect.output] : []))).toEqual([
      { type: 'recovery', deliveries: [{ type: 'delivery', ...of('b', 1) }] },
    ]);
    expect(delivered([...a.deliver('b', broadcast(of('b', 1))), ...a.flush()])).toEqual([]);
  });

  test('far beyond one that is missing is not taken: what is known of an origin stays small', () => {
    const a = started({ windowMax: 4 });
    expect(a.deliver('b', broadcast(of('b', 5)))).toEqual([]);
    a.deliver('b', broadcast(of('b', 4)));
    expect(delivered(a.flush())).toEqual(['b/4 4']);
  });

  test('is sent again until it is acknowledged, ever more seldom', () => {
    const a = started({ retransmitMs: 100, syncEveryMs: 0 });
    a.propose(1, 'x');
    a.flush();
    a.deliver('b', has('a', 1));
    const at: number[] = [];
    for (let time = 100; time <= 1_600; time += 100) {
      if (kinds(a.fire('retransmit', 100)).includes('broadcast to c')) at.push(time);
    }
    expect(at).toEqual([100, 300, 700, 1_500]);
    a.deliver('c', has('a', 1));
    expect(sent(a.fire('retransmit', 5_000))).toEqual([]);
  });
});

test('what the full store has dropped on its way to a node leaves room in the window for the next', () => {
  const a = started({ windowMax: 1, storeMax: 4, eager: true, retransmitMs: 100, syncEveryMs: 0 });
  for (let sequence = 1; sequence <= 4; sequence++) {
    a.deliver('b', broadcast(of('b', sequence)));
    a.flush();
  }
  a.propose(1, 'x');
  expect(kinds(a.flush())).not.toContain('broadcast to c');
  expect(kinds(a.fire('retransmit', 100))).toContain('broadcast to c');
});

test('a message too far beyond what a node has is not sent to it: it would be in the way of what it can take', () => {
  const a = started({ windowMax: 2, pendingMax: 16, syncEveryMs: 0 });
  a.deliver('b', broadcast(of('b', 1)));
  a.flush();
  for (let i = 1; i <= 4; i++) a.propose(i, `${i}`);
  const given = sent(a.flush()).filter(([to]) => to === 'c');
  expect(given.flatMap(([, message]) => ('messages' in message ? message.messages : []))).toMatchObject([
    { sequence: 1 },
    { sequence: 2 },
  ]);
  const next = sent(a.deliver('c', has('a', 1)));
  expect(next.flatMap(([, message]) => ('messages' in message ? message.messages : []))).toMatchObject([
    { sequence: 3 },
  ]);
});

describe('lazy relaying', () => {
  test('waits until the origin is suspected: then whoever has its messages gives them to those that lack them', () => {
    const a = started();
    a.deliver('b', broadcast(of('b', 1)));
    expect(kinds(a.flush())).toEqual(['acknowledge to b']);
    const effects = a.step({ type: 'peerDown', peer: 'b' });
    expect(sent(effects)).toEqual([['c', { type: 'relay', messages: [of('b', 1)] }]]);
  });

  test('goes by the failure detector below as well', () => {
    const a = started();
    a.deliver('b', broadcast(of('b', 1)));
    a.flush();
    expect(kinds(a.step({ type: 'suspect', node: 'b' }))).toEqual(['relay to c']);
    a.step({ type: 'trust', node: 'b' });
    a.deliver('b', broadcast(of('b', 2)));
    expect(kinds(a.flush())).toEqual(['acknowledge to b']);
  });

  test('relays at once what comes of an origin that is suspected already', () => {
    const a = started();
    a.step({ type: 'peerDown', peer: 'b' });
    a.deliver('c', { type: 'relay', messages: [of('b', 1)] });
    expect(kinds(a.flush())).toEqual(['acknowledge to c']);
    const d = started({}, ['a', 'b', 'c', 'd']);
    d.step({ type: 'peerDown', peer: 'b' });
    d.deliver('c', { type: 'relay', messages: [of('b', 1)] });
    expect(kinds(d.flush())).toEqual(['relay to d', 'acknowledge to c']);
  });

  test('is for everything, at once, where it is eager', () => {
    const a = started({ eager: true });
    a.deliver('b', broadcast(of('b', 1)));
    expect(kinds(a.flush())).toEqual(['relay to c', 'acknowledge to b']);
  });
});

describe('uniform delivery', () => {
  const five = ['a', 'b', 'c', 'd', 'e'];

  test('waits for a majority that has the message on disk, and for its own word of it to be there', () => {
    const a = started({ uniform: true }, five);
    a.deliver('b', broadcast(of('b', 1)));
    // Its origin and this node: two of five.
    expect(delivered(a.flush())).toEqual([]);
    const third = a.deliver('c', has('b', 1));
    expect(third.map(({ type }) => type)).toContain('persist');
    expect(delivered(third)).toEqual([]);
    expect(delivered(a.flush())).toEqual(['b/1 1']);
  });

  test('tells everybody what this node has, since everybody counts', () => {
    const a = started({ uniform: true }, five);
    a.deliver('b', broadcast(of('b', 1)));
    expect(kinds(a.flush())).toEqual(['b', 'c', 'd', 'e'].map((node) => `acknowledge to ${node}`));
  });

  test('that was written down before a crash, and never said, is not said twice', () => {
    const a = started({ uniform: true });
    a.deliver('b', broadcast(of('b', 1)));
    a.flush();
    a.deliver('c', has('b', 1));
    a.flush();
    const effects = a.restart('b', 'c');
    expect(delivered(effects)).toEqual([]);
    expect(effects).toContainEqual({
      type: 'indicate',
      output: { type: 'recovery', deliveries: [{ type: 'delivery', ...of('b', 1) }] },
    });
    expect(delivered([...a.deliver('c', has('b', 1)), ...a.flush()])).toEqual([]);
  });

  test('does not count a node without a vote', () => {
    const a = started({ uniform: true }, five);
    a.step({ type: 'peerUp', peer: 'guest' });
    a.deliver('b', broadcast(of('b', 1)));
    a.flush();
    a.deliver('guest', has('b', 1));
    expect(delivered(a.flush())).toEqual([]);
  });
});

describe('FIFO order', () => {
  test('a message waits for those before it, in memory alone and unacknowledged', () => {
    const a = started({ fifo: true });
    expect(sent(a.deliver('b', broadcast(of('b', 2))))).toEqual([['b', has('b', 0)]]);
    expect(delivered(a.flush())).toEqual([]);
    a.deliver('b', broadcast(of('b', 1)));
    expect(delivered(a.flush())).toEqual(['b/1 1', 'b/2 2']);
  });

  test('of one origin says nothing of another', () => {
    const a = started({ fifo: true });
    a.deliver('b', broadcast(of('b', 2)));
    a.deliver('c', broadcast(of('c', 1)));
    expect(delivered(a.flush())).toEqual(['c/1 1']);
  });
});

describe('anti-entropy', () => {
  const digest = (origin: string, upTo: number): ReliableMessage => ({
    type: 'digest',
    holdings: [{ origin, upTo, ahead: [] }],
    asks: false,
  });

  test('who comes back is told what this node has, and given all that it lacks, by whomever it was broadcast', () => {
    const a = started();
    a.deliver('b', broadcast(of('b', 1), of('b', 2)));
    a.flush();
    a.step({ type: 'peerDown', peer: 'c' });
    expect(kinds(a.step({ type: 'peerUp', peer: 'c' }))).toEqual(['digest to c']);
    expect(sent(a.deliver('c', digest('b', 1)))).toEqual([['c', { type: 'relay', messages: [of('b', 2)] }]]);
  });

  test('a digest that asks is answered, and one that was lost is sent again', () => {
    const a = solo({ retransmitMs: 100 });
    a.start('b');
    expect(kinds(a.fire('retransmit', 100))).toEqual(['digest to b']);
    const answer = a.deliver('b', { type: 'digest', holdings: [], asks: true });
    const [[, told] = []] = sent(answer);
    expect(told).toMatchObject({ type: 'digest', asks: false });
    expect(kinds(a.fire('retransmit', 100))).toEqual([]);
  });

  test('a full store drops its oldest, and says so to whoever lacks them', () => {
    const a = started({ storeMax: 4, pendingMax: 16 });
    a.step({ type: 'peerDown', peer: 'c' });
    for (let i = 1; i <= 6; i++) {
      a.propose(i, `${i}`);
      a.flush();
    }
    expect(a.state.entries.length).toBeLessThanOrEqual(4);
    a.step({ type: 'peerUp', peer: 'c' });
    const effects = a.deliver('c', { type: 'digest', holdings: [], asks: false });
    const dropped = sent(effects).find(([, { type }]) => type === 'dropped');
    expect(dropped).toEqual(['c', { type: 'dropped', holdings: [{ origin: 'a', upTo: 2, ahead: [] }] }]);
  });

  test('what its origin has dropped is given up, in the log too, and what is there goes on', () => {
    const a = started({ fifo: true });
    a.deliver('b', broadcast(of('b', 3)));
    a.deliver('b', { type: 'dropped', holdings: [{ origin: 'b', upTo: 2, ahead: [] }] });
    const effects = a.flush();
    expect(effects).toContainEqual({
      type: 'note',
      code: 'broadcast-missed',
      data: { origin: 'b', first: 1, last: 2 },
    });
    expect(delivered(effects)).toEqual(['b/3 3']);
    a.restart('b');
    expect(reliableServer.observe(a.state).detail).toMatchObject({ missed: 2, delivered: 1 });
  });

  test('what came early is taken in its turn between two numbers that are given up', () => {
    const a = started({ fifo: true });
    a.deliver('b', broadcast(of('b', 2), of('b', 4)));
    a.deliver('b', { type: 'dropped', holdings: [{ origin: 'b', upTo: 3, ahead: [] }] });
    expect(delivered(a.flush())).toEqual(['b/2 2', 'b/4 4']);
  });

  const dropped: ReliableMessage = { type: 'dropped', holdings: [{ origin: 'b', upTo: 2, ahead: [] }] };
  const missed = (server: Server): unknown => reliableServer.observe(server.state).detail['missed'];

  test('a first one that is back does not speak for all: where its origin is away, a majority has to', () => {
    const a = solo({}, ['a', 'b', 'c', 'd', 'e']);
    a.start('c');
    meet(a, 'c');
    a.deliver('c', dropped);
    a.flush();
    expect(missed(a)).toBe(0);
    a.step({ type: 'peerUp', peer: 'd' });
    meet(a, 'd');
    a.deliver('c', dropped);
    a.flush();
    expect(missed(a)).toBe(2);
  });

  test('the few that are left may speak for all once nobody has come or gone for long, but not of uniform deliveries', () => {
    for (const uniform of [false, true]) {
      const a = solo({ uniform, retransmitMs: 100 }, ['a', 'b', 'c', 'd', 'e']);
      a.start('c');
      meet(a, 'c');
      a.nowMs += 1_600;
      a.deliver('c', dropped);
      a.flush();
      expect(missed(a)).toBe(uniform ? 0 : 2);
    }
  });

  test('who still has what its origin has dropped is asked for it', () => {
    const a = started();
    a.deliver('c', has('b', 2));
    const effects = a.deliver('b', dropped);
    expect(kinds(effects)).toContain('digest to c');
    a.flush();
    expect(missed(a)).toBe(0);
    // It has dropped them as well, or had never had them.
    a.deliver('c', dropped);
    a.flush();
    expect(missed(a)).toBe(2);
  });

  test('nobody is asked twice in a row for what another has dropped', () => {
    const a = started({ retransmitMs: 100 });
    a.deliver('c', has('b', 2));
    expect(kinds(a.deliver('b', dropped))).toContain('digest to c');
    expect(kinds(a.deliver('b', dropped))).not.toContain('digest to c');
    a.nowMs += 100;
    expect(kinds(a.deliver('b', dropped))).toContain('digest to c');
  });

  test('what is given up can not be given to others, and they hear so', () => {
    const a = started();
    a.deliver('b', dropped);
    a.flush();
    const told = { type: 'dropped', holdings: [{ origin: 'b', upTo: 2, ahead: [] }] };
    expect(sent(a.deliver('c', { type: 'digest', holdings: [], asks: false }))).toContainEqual(['c', told]);
    a.restart('b', 'c');
    expect(sent(a.deliver('c', { type: 'digest', holdings: [], asks: false }))).toContainEqual(['c', told]);
  });

  test('behind one that may still come, no more is given up than fits into the window', () => {
    const a = started({ windowMax: 4 });
    a.deliver('c', has('b', 1));
    a.deliver('b', { type: 'dropped', holdings: [{ origin: 'b', upTo: 2_000, ahead: [] }] });
    a.flush();
    expect(a.state.origins['b']?.have).toEqual({ upTo: 0, ahead: [2, 3, 4] });
    a.deliver('c', { type: 'relay', messages: [of('b', 1)] });
    a.flush();
    a.deliver('b', { type: 'dropped', holdings: [{ origin: 'b', upTo: 2_000, ahead: [] }] });
    a.flush();
    expect(a.state.origins['b']?.have).toEqual({ upTo: 2_000, ahead: [] });
  });

  test('what another has dropped is waited for, as long as its origin is there and may have it', () => {
    const a = started();
    expect(a.deliver('c', { type: 'dropped', holdings: [{ origin: 'b', upTo: 2, ahead: [] }] })).toEqual(
      [['c', has('b', 0)]].map(([to, message]) => ({ type: 'send', to, message })),
    );
    expect(a.state.origins['b']?.writing).toEqual([]);
  });
});
