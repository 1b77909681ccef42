import { describe, expect, it } from 'vitest';
import { emptyDisk, type NodeId, OptionsError } from '../../core/index.js';
import { decodeAccepted } from '../common/accepted.js';
import { gossipServer } from './gossip.js';
import { parseOptions } from './options.js';
import { gossip } from './protocol.js';
import type { FanOutState } from './state.js';
import { broadcastOf, bytes, delivered, gossipOf, receivers, sent, TestNode } from './testing/node.js';

describe('a broadcast', () => {
  const start = (incarnation: number) =>
    ({
      type: 'start',
      now: 0,
      disk: { ...emptyDisk, values: incarnation > 0 ? { incarnation } : {} },
    }) as const;
  const ask = (request: number) => ({ type: 'propose', now: 0, request, operation: bytes('m') }) as const;

  it('waits until its incarnation, one more than the last, is durable', () => {
    const init = { self: 'a', run: 'run', voters: ['a'], options: parseOptions({}), seed: 1 };
    const state = gossipServer.create(init);
    expect(gossipServer.step(state, start(4))).toContainEqual({
      type: 'persist',
      write: 1,
      ops: [{ kind: 'set', key: 'incarnation', value: 5 }],
    });
    expect(gossipServer.step(state, ask(7))).toEqual([]);
    const effects = gossipServer.step(state, { type: 'persisted', now: 0, write: 1 });
    expect(delivered(effects)).toMatchObject([{ origin: 'a', incarnation: 5, sequence: 1 }]);
    const reply = effects.find((effect) => effect.type === 'reply');
    expect(reply?.type === 'reply' && decodeAccepted(reply.result)).toEqual({
      origin: 'a',
      incarnation: 5,
      sequence: 1,
    });
  });

  it('that is too large, and what is no broadcast, are refused', () => {
    const node = new TestNode({ payloadBytesMax: 4 });
    expect(node.propose('12345')).toEqual([{ type: 'refuse', request: 1, error: 'too-large' }]);
    const read = { type: 'read', now: 0, request: 2, operation: bytes('m') } as const;
    expect(node.step(read)).toEqual([{ type: 'refuse', request: 2, error: 'unsupported' }]);
  });

  it('beyond what may wait for the disk is refused as busy', () => {
    const init = { self: 'a', run: 'run', voters: ['a'], options: parseOptions({}), seed: 1 };
    const state = gossipServer.create(init);
    gossipServer.step(state, start(0));
    for (let i = 0; i < 256; i++) expect(gossipServer.step(state, ask(i))).toEqual([]);
    expect(gossipServer.step(state, ask(256))).toEqual([{ type: 'refuse', request: 256, error: 'busy' }]);
  });
});

describe('fan-out gossip', () => {
  const ids = Array.from({ length: 100 }, (_, i) => `n${i}`);
  const fanOut = (options = {}, voters: readonly NodeId[] = ids): TestNode<FanOutState> =>
    new TestNode<FanOutState>({ variant: 'fan-out', ...options }, voters, 'n0');

  it('infects ln N and a few more, drawn at random, each at most once', () => {
    const node = fanOut({ fanOutAmong: 'voters', fanOutExtra: 2 });
    const chosen = receivers(node.propose('m'), 'gossip');
    expect(chosen).toHaveLength(Math.ceil(Math.log(100) + 2));
    expect(new Set(chosen).size).toBe(chosen.length);
    expect(chosen).not.toContain('n0');
    expect(receivers(node.propose('m'), 'gossip')).not.toEqual(chosen);
  });

  it('and dies: a second copy is neither delivered nor passed on', () => {
    const node = fanOut({ fanOutAmong: 'voters' });
    const message = broadcastOf('n5', 1);
    const effects = node.deliver('n5', gossipOf(message));
    expect(delivered(effects)).toHaveLength(1);
    expect(sent(effects)[0]?.message).toEqual(gossipOf(message, 1));
    expect(node.deliver('n6', gossipOf(message))).toEqual([]);
  });

  it('among links draws from the peers that it has one to', () => {
    const node = fanOut({}, ['n0', 'x']);
    for (const peer of ['p', 'q', 'r']) node.peer(peer, true);
    node.peer('q', false);
    expect(receivers(node.propose('m'), 'gossip').toSorted()).toEqual(['p', 'r']);
  });

  it('among voters leaves out whose link has ended', () => {
    const node = fanOut({ fanOutAmong: 'voters' }, ['n0', 'n1', 'n2', 'n3']);
    node.peer('n2', false);
    expect(receivers(node.propose('m'), 'gossip').toSorted()).toEqual(['n1', 'n3']);
    node.peer('n2', true);
    expect(receivers(node.propose('m'), 'gossip')).toHaveLength(3);
  });
});

describe('options', () => {
  it.each([
    [{ variant: 'rumour' }, 'variant must be one of plumtree, flooding, fan-out'],
    [{ fanOutAmong: 'all' }, 'fanOutAmong must be one of links, voters'],
    [{ activeViewMax: 1 }, 'activeViewMax must be a whole number from 2 to 32'],
    [{ passiveWalkLength: 7 }, 'passiveWalkLength must not be above activeWalkLength'],
    [{ storedBytesMax: 1_024 }, 'storedBytesMax must not be below payloadBytesMax'],
    [{ fanout: 3 }, 'has no option "fanout"'],
    ['plumtree', 'Options must be an object'],
  ])('%j are refused: %s', (given, why) => {
    expect(() => parseOptions(given)).toThrow(OptionsError);
    expect(() => parseOptions(given)).toThrow(why);
  });
});

describe('messages', () => {
  const id = { origin: 'x', incarnation: 1, sequence: 1 };
  const good = [
    { type: 'join' },
    { type: 'forwardJoin', newNode: 'n', timeToLive: 6 },
    { type: 'neighbor', priority: 'high' },
    { type: 'neighborReply', accepted: true },
    { type: 'disconnect' },
    { type: 'keepalive' },
    { type: 'shuffle', shuffle: 1, timeToLive: 6, path: ['a'], nodes: ['a', 'b'] },
    { type: 'shuffleReply', shuffle: 1, path: ['a'], nodes: [] },
    { type: 'gossip', message: { ...id, payload: bytes('m') }, round: 0, isRepair: false },
    { type: 'ihave', announcements: [{ ...id, round: 1 }] },
    { type: 'graft', message: id, round: 1 },
    { type: 'graft', message: null, round: 1 },
    { type: 'prune' },
    { type: 'digest', after: null, upTo: 'x 1', streams: [], isReply: false },
    { type: 'repair', messages: [{ message: { ...id, payload: bytes('m') }, round: 1 }], more: false },
  ];

  it.each(good)('$type is read and described', (message) => {
    const parsed = gossip.parseMessage(message, 'server');
    expect(parsed).toEqual(message);
    expect(gossip.describe(parsed).kind).toMatch(/^[A-Z]/);
    expect(() => gossip.parseMessage({ ...message, more2: 1 }, 'server')).toThrow();
  });

  const nodes = (count: number): string[] => Array.from({ length: count }, (_, i) => `n${i}`);
  const stream = (ranges: unknown) => ({
    type: 'digest',
    after: null,
    upTo: null,
    streams: [{ origin: 'x', incarnation: 1, ranges }],
    isReply: false,
  });
  it.each([
    ['an unknown type', { type: 'gossipp' }],
    ['a walk without end', { type: 'forwardJoin', newNode: 'n', timeToLive: 17 }],
    ['an id that means something to an object', { type: 'forwardJoin', newNode: '__proto__', timeToLive: 1 }],
    ['an id with a blank', { type: 'forwardJoin', newNode: 'a 1', timeToLive: 1 }],
    ['a third priority', { type: 'neighbor', priority: 'middle' }],
    ['a path of too many', { type: 'shuffle', shuffle: 1, timeToLive: 1, path: nodes(18), nodes: [] }],
    ['no path', { type: 'shuffle', shuffle: 1, timeToLive: 1, path: [], nodes: [] }],
    ['too many nodes', { type: 'shuffleReply', shuffle: 1, path: ['a'], nodes: nodes(50) }],
    ['sequence 0', { type: 'graft', message: { ...id, sequence: 0 }, round: 1 }],
    ['a sequence that is no counter', { type: 'graft', message: { ...id, sequence: 2 ** 49 }, round: 1 }],
    ['too many hops', { type: 'graft', message: null, round: 10_001 }],
    ['no announcement', { type: 'ihave', announcements: [] }],
    [
      'too many announcements',
      { type: 'ihave', announcements: Array.from({ length: 257 }, () => ({ ...id, round: 1 })) },
    ],
    [
      'a payload that is too large',
      { type: 'gossip', message: { ...id, payload: new Uint8Array(65_537) }, round: 0, isRepair: false },
    ],
    [
      'ranges that overlap',
      stream([
        [1, 5],
        [4, 9],
      ]),
    ],
    ['a range that ends before it begins', stream([[5, 1]])],
    ['too many ranges', stream(Array.from({ length: 65 }, (_, i) => [3 * i + 1, 3 * i + 1]))],
  ])('%s is refused', (_name, message) => {
    expect(() => gossip.parseMessage(message, 'server')).toThrow();
  });
});
