import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyDisk } from '../../../core/index.js';
import { lostMax } from '../limits.js';
import type { GossipMessage } from '../messages.js';
import type { GossipState } from '../state.js';
import { receivers, sent, TestNode } from '../testing/node.js';

const five = ['b', 'c', 'd', 'e', 'f'];
const join: GossipMessage = { type: 'join' };

describe('JOIN', () => {
  it('the first contact is asked, once there is a link to it', () => {
    const node = new TestNode({}, ['a', 'b']);
    expect(node.timeout('repair')).toContainEqual({ type: 'connect', peer: 'b' });
    expect(sent(node.peer('b', true))).toEqual([{ to: 'b', message: join }]);
    node.deliver('b', { type: 'neighborReply', accepted: true });
    expect(node.active).toEqual(['b']);
  });

  it('another contact is asked when the first does not answer', () => {
    const node = new TestNode({}, ['a', 'b', 'c']);
    const asked = node.timeout('repair').find(({ type }) => type === 'connect');
    const first = asked?.type === 'connect' ? asked.peer : '';
    const other = first === 'b' ? 'c' : 'b';
    expect(node.step({ type: 'connectFailed', now: node.now, peer: first })).toContainEqual({
      type: 'disconnect',
      peer: first,
    });
    for (let i = 0; i < 20 && !node.state.membership.wanted.includes(other); i++) {
      node.now += 3_000;
      node.timeout('repair');
    }
    expect(node.state.membership.wanted).toContain(other);
  });

  it('takes the newcomer in and sends it for a walk from every other neighbour', () => {
    const node = TestNode.withNeighbours(['b', 'c']);
    const effects = node.deliver('d', join);
    expect(sent(effects)).toEqual([
      { to: 'd', message: { type: 'neighborReply', accepted: true } },
      { to: 'b', message: { type: 'forwardJoin', newNode: 'd', timeToLive: 6 } },
      { to: 'c', message: { type: 'forwardJoin', newNode: 'd', timeToLive: 6 } },
    ]);
    expect(effects).toContainEqual({ type: 'connect', peer: 'd' });
    // Asked again, since the answer was lost: its walks are under way.
    expect(receivers(node.deliver('d', join), 'forwardJoin')).toEqual([]);
  });

  it('with a full view drops a neighbour, who is told and stays a candidate', () => {
    const node = TestNode.withNeighbours(five);
    const [dropped] = receivers(node.deliver('g', join), 'disconnect');
    expect(node.active).toHaveLength(5);
    expect(node.active).toContain('g');
    expect(five).toContain(dropped);
    expect(node.active).not.toContain(dropped);
    expect(node.state.membership.passive).toEqual([dropped]);
  });

  it('a walk that has come to its end asks for the newcomer with high priority, over a new link', () => {
    const node = TestNode.withNeighbours(['b', 'c']);
    const effects = node.deliver('b', { type: 'forwardJoin', newNode: 'n', timeToLive: 0 });
    expect(effects).toContainEqual({ type: 'connect', peer: 'n' });
    expect(sent(node.peer('n', true))).toEqual([
      { to: 'n', message: { type: 'neighbor', priority: 'high' } },
    ]);
  });

  it('a walk goes on to somebody else, and leaves the newcomer in the passive view where PRWL says', () => {
    const node = TestNode.withNeighbours(['b', 'c', 'd']);
    for (const timeToLive of [6, 3]) {
      const [next] = sent(node.deliver('b', { type: 'forwardJoin', newNode: 'd', timeToLive }));
      expect(next).toEqual({
        to: 'c',
        message: { type: 'forwardJoin', newNode: 'd', timeToLive: timeToLive - 1 },
      });
    }
    node.deliver('b', { type: 'forwardJoin', newNode: 'm', timeToLive: 5 });
    node.deliver('b', { type: 'forwardJoin', newNode: 'n', timeToLive: 3 });
    expect(node.state.membership.passive).toEqual(['n']);
  });
});

describe('NEIGHBOR', () => {
  it('with low priority is refused by a full view, with high priority never', () => {
    const node = TestNode.withNeighbours(five);
    expect(sent(node.deliver('g', { type: 'neighbor', priority: 'low' }))).toEqual([
      { to: 'g', message: { type: 'neighborReply', accepted: false } },
    ]);
    expect(node.active).toEqual(five);
    node.deliver('h', { type: 'neighbor', priority: 'high' });
    expect(node.active).toContain('h');
    expect(node.active).toHaveLength(5);
  });

  it('a late yes, when this node has turned elsewhere, is answered with DISCONNECT', () => {
    const node = TestNode.withNeighbours(['b']);
    expect(sent(node.deliver('g', { type: 'neighborReply', accepted: true }))).toEqual([
      { to: 'g', message: { type: 'disconnect' } },
    ]);
  });

  it('a failed neighbour is replaced from the passive view: with low priority, and with high where nobody is left', () => {
    const node = TestNode.withNeighbours(['b', 'c']);
    node.peer('p', true);
    expect(receivers(node.peer('b', false), 'neighbor')).toEqual(['p']);
    expect(node.state.membership.requests).toMatchObject([{ peer: 'p', ask: 'low' }]);
    const lone = TestNode.withNeighbours(['b']);
    lone.peer('p', true);
    expect(sent(lone.peer('b', false))).toEqual([
      { to: 'p', message: { type: 'neighbor', priority: 'high' } },
    ]);
  });

  it('who has nobody left to ask joins anew', () => {
    const node = TestNode.withNeighbours(['b']);
    node.peer('p', true);
    node.peer('b', false);
    expect(sent(node.deliver('p', { type: 'neighborReply', accepted: false }))).toEqual([
      { to: 'p', message: join },
    ]);
  });

  it('who does not answer in time is taken out of the passive view, and the next one is asked', () => {
    const node = TestNode.withNeighbours(['b', 'c']);
    for (const peer of ['p', 'q']) node.peer(peer, true);
    node.peer('b', false);
    const asked = node.state.membership.requests.map(({ peer }) => peer);
    expect(asked.toSorted()).toEqual(['p', 'q']);
    node.deliver('q', { type: 'neighborReply', accepted: true });
    node.now += 2_000;
    node.timeout('repair');
    expect(node.state.membership.passive).toEqual([]);
    expect(node.state.membership.requests.map(({ peer }) => peer)).not.toContain('p');
    expect(node.state.membership.lost).toContain('p');
    expect(node.active).toEqual(['c', 'q']);
  });

  it('two that ask each other at the same time become neighbours once', () => {
    const node = TestNode.withNeighbours(['b']);
    node.peer('p', true);
    node.timeout('repair');
    expect(node.state.membership.requests).toMatchObject([{ peer: 'p', sent: true }]);
    node.deliver('p', { type: 'neighbor', priority: 'low' });
    node.deliver('p', { type: 'neighborReply', accepted: true });
    expect(node.active).toEqual(['b', 'p']);
    expect(node.state.membership.requests).toEqual([]);
  });
});

describe('DISCONNECT and keepalives', () => {
  it('DISCONNECT moves its sender to the passive view and lets the link go', () => {
    const node = TestNode.withNeighbours(['b', 'c']);
    const effects = node.deliver('b', { type: 'disconnect' });
    expect(node.active).toEqual(['c']);
    expect(node.state.membership.passive).toEqual(['b']);
    expect(effects).toContainEqual({ type: 'disconnect', peer: 'b' });
    // It is not asked again at once.
    expect(receivers(effects, 'neighbor')).toEqual([]);
  });

  it('a silent neighbour is given up after so many keepalives and one more, and told so', () => {
    const node = TestNode.withNeighbours(['b', 'c']);
    for (let i = 1; i <= 4; i++) {
      node.now += 1_000;
      node.deliver('c', { type: 'keepalive' });
      expect(receivers(node.timeout('keepalive'), 'keepalive')).toEqual(['b', 'c']);
    }
    node.now += 1_000;
    node.deliver('c', { type: 'keepalive' });
    const effects = node.timeout('keepalive');
    expect(sent(effects)).toEqual([
      { to: 'b', message: { type: 'disconnect' } },
      { to: 'c', message: { type: 'keepalive' } },
    ]);
    expect(node.active).toEqual(['c']);
    expect(node.state.membership.lost).toEqual(['b']);
  });

  it('any message is a sign of life', () => {
    const node = TestNode.withNeighbours(['b']);
    for (let i = 1; i <= 10; i++) {
      node.now += 1_000;
      if (i % 3 === 0) node.deliver('b', { type: 'shuffleReply', shuffle: 99, path: ['b'], nodes: [] });
      node.timeout('keepalive');
    }
    expect(node.active).toEqual(['b']);
  });

  it.each(['late timer', 'clockJumped'])('who stood still itself (%s) accuses nobody', (how) => {
    const node = TestNode.withNeighbours(['b', 'c']);
    node.now += 60_000;
    if (how === 'clockJumped') node.step({ type: 'clockJumped', now: node.now, byMs: 60_000 });
    node.timeout('keepalive');
    expect(node.active).toEqual(['b', 'c']);
  });

  it('a keepalive of who is no neighbour is answered with DISCONNECT, so that views agree', () => {
    const node = TestNode.withNeighbours(['b']);
    expect(sent(node.deliver('g', { type: 'keepalive' }))).toEqual([
      { to: 'g', message: { type: 'disconnect' } },
    ]);
  });

  it('a keepalive of who was asked to be one is as good as its answer', () => {
    const node = TestNode.withNeighbours(['b']);
    node.peer('p', true);
    node.timeout('repair');
    node.deliver('p', { type: 'keepalive' });
    expect(node.active).toEqual(['b', 'p']);
  });
});

describe('shuffles', () => {
  it('carry the node itself, three of the active view and four of the passive one', () => {
    const node = TestNode.withNeighbours(five);
    for (const peer of ['p', 'q', 'r', 's', 't', 'u']) node.peer(peer, true);
    const [only] = sent(node.timeout('shuffle'));
    if (only?.message.type !== 'shuffle') throw new Error('no shuffle was sent');
    const { nodes, path, timeToLive } = only.message;
    expect([path, timeToLive]).toEqual([['a'], 6]);
    expect(nodes[0]).toBe('a');
    expect(nodes.filter((id) => five.includes(id))).toHaveLength(3);
    expect(nodes.filter((id) => 'pqrstu'.includes(id))).toHaveLength(4);
    expect(nodes).not.toContain(only.to);
  });

  it('walk on to who was not on the way, and end where no hop is left', () => {
    const node = TestNode.withNeighbours(['b', 'c']);
    const shuffle = {
      type: 'shuffle',
      shuffle: 1,
      timeToLive: 3,
      path: ['o', 'b'],
      nodes: ['o', 'x'],
    } as const;
    expect(sent(node.deliver('b', shuffle))).toEqual([
      { to: 'c', message: { ...shuffle, timeToLive: 2, path: ['o', 'b', 'a'] } },
    ]);
    node.peer('p', true);
    const [answer] = sent(node.deliver('b', { ...shuffle, timeToLive: 1 }));
    expect(answer).toEqual({
      to: 'b',
      message: { type: 'shuffleReply', shuffle: 1, path: ['o', 'b'], nodes: ['p'] },
    });
    expect(node.state.membership.passive).toEqual(['p', 'o', 'x']);
  });

  it('whose path does not end with their sender are not heard', () => {
    const node = TestNode.withNeighbours(['b', 'c']);
    const forged = { type: 'shuffle', shuffle: 1, timeToLive: 1, path: ['victim'], nodes: ['x'] } as const;
    expect(sent(node.deliver('b', forged))).toEqual([]);
    expect(node.state.membership.passive).toEqual([]);
  });

  it('are answered along the way that they came', () => {
    const node = TestNode.withNeighbours(['b', 'c']);
    const reply = { type: 'shuffleReply', shuffle: 1, path: ['o', 'b', 'a'], nodes: ['x'] } as const;
    expect(sent(node.deliver('c', reply))).toEqual([{ to: 'b', message: { ...reply, path: ['o', 'b'] } }]);
    expect(node.state.membership.passive).toEqual([]);
  });

  it('their answer fills the passive view, in the place of what was sent, and only once', () => {
    const node = TestNode.withNeighbours(['b'], { passiveViewMax: 4 });
    for (const peer of ['p', 'q', 'r', 's']) node.peer(peer, true);
    node.state.membership.requests.length = 0;
    node.timeout('shuffle');
    const named = node.state.membership.shuffle?.nodes ?? [];
    const reply = { type: 'shuffleReply', shuffle: 1, path: ['a'], nodes: ['w', 'x'] } as const;
    node.deliver('b', reply);
    const { passive } = node.state.membership;
    expect(passive).toEqual(expect.arrayContaining(['w', 'x']));
    expect(passive.filter((id) => named.includes(id))).toHaveLength(2);
    node.deliver('b', { ...reply, nodes: ['y'] });
    expect(passive).not.toContain('y');
  });
});

describe('peers that failed', () => {
  it('are looked for with high priority, one at a time and ever more rarely', () => {
    const node = TestNode.withNeighbours(['b', 'c']);
    node.peer('b', false);
    let tries = 0;
    for (let i = 0; i < 64; i++) {
      node.now += 3_000;
      tries += node.timeout('repair').filter((effect) => effect.type === 'connect').length;
    }
    expect(tries).toBeGreaterThan(4);
    expect(tries).toBeLessThan(12);
    node.timeout('repair');
    node.peer('b', true);
    const effects = node.state.membership.requests.length > 0 ? [] : node.timeout('repair');
    const asked = [...effects, ...node.timeout('repair')];
    expect(node.state.membership.requests).toMatchObject([{ peer: 'b', ask: 'high' }]);
    expect(asked.filter((effect) => effect.type === 'note')).toEqual([]);
  });

  it('are forgotten beyond a bound, the oldest first', () => {
    const node = TestNode.withNeighbours(['b']);
    for (let i = 0; i < lostMax + 10; i++) {
      node.peer(`n${i}`, true);
      node.deliver(`n${i}`, join);
      node.peer(`n${i}`, false);
    }
    expect(node.state.membership.lost).toHaveLength(lostMax);
    expect(node.state.membership.lost.at(-1)).toBe(`n${lostMax + 9}`);
  });
});

describe('whatever comes', () => {
  const peer = fc.constantFrom(...'bcdefghijklm');
  const node = fc.constantFrom(...'abcdefghijklm');
  const nodes = fc.array(node, { maxLength: 8 });
  const hops = fc.integer({ min: 0, max: 6 });
  const message: fc.Arbitrary<GossipMessage> = fc.oneof(
    fc.constantFrom<GossipMessage>(join, { type: 'disconnect' }, { type: 'keepalive' }, { type: 'prune' }),
    fc.record({ type: fc.constant('forwardJoin' as const), newNode: node, timeToLive: hops }),
    fc.record({
      type: fc.constant('neighbor' as const),
      priority: fc.constantFrom('high' as const, 'low' as const),
    }),
    fc.record({ type: fc.constant('neighborReply' as const), accepted: fc.boolean() }),
    fc.record({
      type: fc.constant('shuffle' as const),
      shuffle: fc.integer({ min: 1, max: 5 }),
      timeToLive: hops,
      path: fc.array(node, { minLength: 1, maxLength: 4 }),
      nodes,
    }),
    fc.record({
      type: fc.constant('shuffleReply' as const),
      shuffle: fc.integer({ min: 1, max: 5 }),
      path: fc.array(node, { minLength: 1, maxLength: 4 }),
      nodes,
    }),
    fc.record({
      type: fc.constant('graft' as const),
      message: fc.constant(null),
      round: hops,
    }),
  );
  const event = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('message' as const), from: peer, message }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('link' as const), from: peer, up: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('failed' as const), from: peer }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('timer' as const),
        timer: fc.constantFrom('repair', 'keepalive', 'shuffle', 'lazy-push', 'missing'),
        afterMs: fc.integer({ min: 0, max: 3_000 }),
      }),
    },
  );

  it('views stay disjoint and capped, and eager and lazy links are the active view', () => {
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 80 }),
        fc.integer({ min: 2, max: 5 }),
        (events, activeViewMax) => {
          const tested: TestNode<GossipState> = new TestNode({ activeViewMax, passiveViewMax: 5 }, [
            'a',
            'b',
            'c',
          ]);
          for (const one of events) {
            if (one.kind === 'message') tested.deliver(one.from, one.message);
            else if (one.kind === 'link') tested.peer(one.from, one.up);
            else if (one.kind === 'failed')
              tested.step({ type: 'connectFailed', now: tested.now, peer: one.from });
            else {
              tested.now += one.afterMs;
              tested.timeout(one.timer);
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('equal events give equal effects, to the byte', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const run = (): string => {
          const tested = new TestNode({}, ['a', 'b', 'c']);
          return JSON.stringify(
            events.map((one) => {
              if (one.kind === 'message') return tested.deliver(one.from, one.message);
              if (one.kind === 'link') return tested.peer(one.from, one.up);
              if (one.kind === 'failed') return [];
              return tested.timeout(one.timer);
            }),
          );
        };
        expect(run()).toBe(run());
      }),
      { numRuns: 50 },
    );
  });

  it('starts from an empty disk as from none of its own', () => {
    const tested = new TestNode();
    expect(tested.state.origin.incarnation).toBe(1);
    expect(() =>
      tested.step({ type: 'start', now: 0, disk: { ...emptyDisk, values: { incarnation: 'x' } } }),
    ).toThrow();
  });
});
