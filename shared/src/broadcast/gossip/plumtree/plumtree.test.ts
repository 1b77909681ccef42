import { describe, expect, it } from 'vitest';
import { graftAnswersMax, missingPerPeerMax } from '../limits.js';
import { idOf } from '../messages.js';
import { broadcastOf, delivered, gossipOf, receivers, sent, TestNode } from '../testing/node.js';

const first = broadcastOf('x', 1);
const ihave = (sequence: number, round = 1) =>
  ({ type: 'ihave', announcements: [{ origin: 'x', incarnation: 1, sequence, round }] }) as const;

describe('eager push', () => {
  it('gives its own broadcast to every eager neighbour, and delivers it', () => {
    const node = TestNode.withNeighbours(['b', 'c']);
    const effects = node.propose('hello');
    expect(receivers(effects, 'gossip')).toEqual(['b', 'c']);
    expect(delivered(effects)).toMatchObject([{ origin: 'a', incarnation: 1, sequence: 1 }]);
  });

  it('passes a new message on to the others, one hop further, and delivers it exactly once', () => {
    const node = TestNode.withNeighbours(['b', 'c', 'd']);
    const effects = node.deliver('b', gossipOf(first, 4));
    expect(sent(effects)).toEqual([
      { to: 'c', message: gossipOf(first, 5) },
      { to: 'd', message: gossipOf(first, 5) },
    ]);
    expect(delivered(effects)).toHaveLength(1);
    for (const from of ['b', 'c', 'd', 'stranger'])
      expect(delivered(node.deliver(from, gossipOf(first)))).toEqual([]);
  });

  it('a duplicate causes PRUNE, and its link carries announcements alone from then on', () => {
    const node = TestNode.withNeighbours(['b', 'c']);
    node.deliver('b', gossipOf(first));
    expect(sent(node.deliver('c', gossipOf(first)))).toEqual([{ to: 'c', message: { type: 'prune' } }]);
    expect(node.state.tree).toMatchObject({ eager: ['b'], lazy: ['c'] });
    expect(receivers(node.deliver('b', gossipOf(broadcastOf('x', 2))), 'gossip')).toEqual([]);
    expect(sent(node.timeout('lazy-push'))).toEqual([{ to: 'c', message: ihave(2) }]);
  });

  it('PRUNE makes a link lazy, and a new message over a lazy link makes it eager', () => {
    const node = TestNode.withNeighbours(['b', 'c']);
    node.deliver('b', { type: 'prune' });
    expect(node.state.tree).toMatchObject({ eager: ['c'], lazy: ['b'] });
    node.deliver('b', gossipOf(first));
    expect(node.state.tree).toMatchObject({ eager: ['c', 'b'], lazy: [] });
  });

  it('a second copy of a message that somebody had missed says nothing about the tree', () => {
    const node = TestNode.withNeighbours(['b', 'c']);
    node.deliver('b', gossipOf(first));
    expect(sent(node.deliver('c', gossipOf(first, 3, true)))).toEqual([]);
    expect(node.state.tree.eager).toEqual(['b', 'c']);
  });

  it('a message of a stranger is delivered, and changes no link', () => {
    const node = TestNode.withNeighbours(['b']);
    expect(delivered(node.deliver('stranger', gossipOf(first)))).toHaveLength(1);
    expect(sent(node.deliver('stranger', gossipOf(first)))).toEqual([]);
    expect(node.state.tree).toMatchObject({ eager: ['b'], lazy: [] });
  });

  it('a flooding node gives everything to every neighbour, and prunes nobody', () => {
    const node = TestNode.withNeighbours(['b', 'c', 'd'], { variant: 'flooding' });
    expect(receivers(node.deliver('b', gossipOf(first)), 'gossip')).toEqual(['c', 'd']);
    expect(sent(node.deliver('c', gossipOf(first)))).toEqual([]);
  });
});

describe('lazy push', () => {
  it('announces what came together in one message, and to nobody what it came from', () => {
    const node = TestNode.withNeighbours(['b', 'c', 'd']);
    for (const from of ['c', 'd']) node.deliver(from, { type: 'prune' });
    node.deliver('b', gossipOf(broadcastOf('x', 1)));
    // Of a lazy neighbour: its link becomes eager, and is lazy again when it says so.
    node.deliver('c', gossipOf(broadcastOf('x', 2)));
    node.deliver('c', { type: 'prune' });
    const [toD, toC] = sent(node.timeout('lazy-push'));
    expect(toD).toMatchObject({ to: 'd', message: { announcements: [{ sequence: 1 }, { sequence: 2 }] } });
    expect(toC).toMatchObject({ to: 'c', message: { announcements: [{ sequence: 1 }] } });
  });

  it('IHAVE timeout causes GRAFT, at who announced first; then the next one is asked', () => {
    const node = TestNode.withNeighbours(['b', 'c']);
    for (const from of ['b', 'c']) node.deliver(from, { type: 'prune' });
    expect(node.deliver('b', ihave(1))).toContainEqual({ type: 'setTimer', timer: 'missing', afterMs: 300 });
    node.deliver('c', ihave(1));
    node.now += 299;
    expect(sent(node.timeout('missing'))).toEqual([]);
    node.now += 1;
    const graft = { type: 'graft', message: idOf(first), round: 1 } as const;
    expect(sent(node.timeout('missing'))).toEqual([{ to: 'b', message: graft }]);
    expect(node.state.tree).toMatchObject({ eager: ['b'], lazy: ['c'] });
    node.now += 150;
    expect(sent(node.timeout('missing'))).toEqual([{ to: 'c', message: graft }]);
    node.now += 150;
    expect(sent(node.timeout('missing'))).toEqual([]);
    expect(node.state.tree.missingCount).toBe(0);
  });

  it('asks for nothing that has come in time', () => {
    const node = TestNode.withNeighbours(['b', 'c']);
    node.deliver('c', ihave(1));
    node.deliver('b', gossipOf(first));
    node.now += 1_000;
    expect(sent(node.timeout('missing'))).toEqual([]);
    node.deliver('c', ihave(1));
    expect(node.state.tree.missingCount).toBe(0);
  });

  it('GRAFT makes the link eager and is answered with the message', () => {
    const node = TestNode.withNeighbours(['b', 'c']);
    node.deliver('b', gossipOf(first, 2));
    node.deliver('c', { type: 'prune' });
    const effects = node.deliver('c', { type: 'graft', message: idOf(first), round: 3 });
    expect(sent(effects)).toEqual([{ to: 'c', message: gossipOf(first, 3) }]);
    expect(node.state.tree.eager).toEqual(['b', 'c']);
  });

  it('a lazy link that is shorter by the threshold takes the place of the eager one, Algorithm 4', () => {
    const node = TestNode.withNeighbours(['b', 'c', 'd']);
    for (const from of ['c', 'd']) node.deliver(from, { type: 'prune' });
    node.deliver('d', ihave(1, 8));
    node.deliver('c', ihave(1, 7));
    const effects = node.deliver('b', gossipOf(first, 10));
    expect(sent(effects).slice(-2)).toEqual([
      { to: 'c', message: { type: 'graft', message: null, round: 7 } },
      { to: 'b', message: { type: 'prune' } },
    ]);
    expect(node.state.tree).toMatchObject({ eager: ['c'], lazy: ['d', 'b'] });
    expect(sent(node.deliver('d', { type: 'graft', message: null, round: 1 }))).toEqual([]);
    expect(node.state.tree.eager).toEqual(['c', 'd']);
  });
});

describe('neighbours', () => {
  it('a new neighbour is eager', () => {
    const node = TestNode.withNeighbours(['b']);
    node.deliver('b', { type: 'prune' });
    node.peer('c', true);
    node.deliver('c', { type: 'join' });
    expect(node.state.tree).toMatchObject({ eager: ['c'], lazy: ['b'] });
  });

  it('who has gone is neither eager nor lazy, and is asked for nothing', () => {
    const node = TestNode.withNeighbours(['b', 'c']);
    node.deliver('b', { type: 'prune' });
    node.deliver('b', ihave(1));
    node.deliver('c', ihave(1));
    node.peer('b', false);
    expect(node.state.tree).toMatchObject({ eager: ['c'], lazy: [] });
    node.now += 300;
    expect(receivers(node.timeout('missing'), 'graft')).toEqual(['c']);
  });

  it('who joins again, since it has restarted, begins anew as an eager neighbour', () => {
    const node = TestNode.withNeighbours(['b', 'c']);
    node.deliver('b', { type: 'prune' });
    node.deliver('b', { type: 'join' });
    expect(node.state.tree).toMatchObject({ eager: ['c', 'b'], lazy: [] });
  });
});

describe('floods', () => {
  const many = (from: number, count: number) =>
    ({
      type: 'ihave',
      announcements: Array.from({ length: count }, (_, i) => ({
        origin: 'x',
        incarnation: 1,
        sequence: from + i,
        round: 1,
      })),
    }) as const;

  it('a flood of IHAVE fills one peer’s share, and leaves room for the others', () => {
    const node = TestNode.withNeighbours(['b', 'c']);
    for (let i = 0; i < 20; i++) node.deliver('b', many(1 + 256 * i, 256));
    expect(node.state.tree.missingCount).toBe(missingPerPeerMax);
    node.deliver('c', many(100_000, 256));
    expect(node.state.tree.missingCount).toBe(missingPerPeerMax + 256);
  });

  it('IHAVE of who is no neighbour is not heard', () => {
    const node = TestNode.withNeighbours(['b']);
    node.deliver('stranger', many(1, 256));
    expect(node.state.tree.missingCount).toBe(0);
  });

  it('a flood of GRAFT is answered so often in a second and no more, and then again', () => {
    const node = TestNode.withNeighbours(['b', 'c']);
    node.deliver('b', gossipOf(first));
    const graft = { type: 'graft', message: idOf(first), round: 1 } as const;
    let answers = 0;
    for (let i = 0; i < 2_000; i++) answers += sent(node.deliver('c', graft)).length;
    expect(answers).toBe(graftAnswersMax);
    expect(sent(node.deliver('b', graft))).toHaveLength(1);
    node.now += 1_000;
    expect(sent(node.deliver('c', graft))).toHaveLength(1);
  });
});
