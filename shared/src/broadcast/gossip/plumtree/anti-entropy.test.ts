import { describe, expect, it } from 'vitest';
import { repairMessagesMax } from '../limits.js';
import type { Digest } from '../messages.js';
import { broadcastOf, delivered, gossipOf, receivers, sent, sequences, TestNode } from '../testing/node.js';

const empty: Digest = { type: 'digest', after: null, upTo: null, streams: [], isReply: false };
const digestOf = (ranges: readonly (readonly [number, number])[], isReply = false): Digest => ({
  ...empty,
  streams: [{ origin: 'x', incarnation: 1, ranges }],
  isReply,
});

/** A node that has these of x's broadcasts. */
function holding(sequencesHeld: readonly number[]): TestNode {
  const node = TestNode.withNeighbours(['b', 'c'], { antiEntropyMs: 1_000 });
  for (const sequence of sequencesHeld) node.deliver('b', gossipOf(broadcastOf('x', sequence)));
  return node;
}

describe('anti-entropy', () => {
  it('tells a random neighbour what was received, as ranges', () => {
    const node = holding([1, 2, 3, 7, 5]);
    const [only, ...others] = sent(node.timeout('anti-entropy'));
    expect(others).toEqual([]);
    expect(['b', 'c']).toContain(only?.to);
    expect(only?.message).toEqual(
      digestOf([
        [1, 3],
        [5, 5],
        [7, 7],
      ]),
    );
  });

  it('sends what the other lacks, and asks for nothing when it lacks nothing itself', () => {
    const node = holding([1, 2, 3, 4]);
    const [only, ...others] = sent(node.deliver('c', digestOf([[2, 3]])));
    expect(others).toEqual([]);
    expect(only).toMatchObject({ to: 'c', message: { type: 'repair', more: false } });
    expect(
      only?.message.type === 'repair' && only.message.messages.map(({ message }) => message.sequence),
    ).toEqual([1, 4]);
  });

  it('asks by a digest of its own for what it lacks, and is not asked back for ever', () => {
    const node = holding([1]);
    const [only] = sent(node.deliver('c', digestOf([[1, 4]])));
    expect(only).toEqual({ to: 'c', message: digestOf([[1, 1]], true) });
    expect(sent(node.deliver('c', digestOf([[1, 4]], true)))).toEqual([]);
  });

  it('delivers what it had missed once, and passes it on along the tree as a repair', () => {
    const node = holding([]);
    const repair = {
      type: 'repair',
      messages: [{ message: broadcastOf('x', 1), round: 3 }],
      more: false,
    } as const;
    const effects = node.deliver('b', repair);
    expect(delivered(effects)).toHaveLength(1);
    expect(sent(effects)).toEqual([{ to: 'c', message: gossipOf(broadcastOf('x', 1), 4, true) }]);
    expect(node.deliver('c', repair)).toEqual([]);
  });

  it('what does not fit into one repair is asked for as soon as the first part is in', () => {
    const all = Array.from({ length: repairMessagesMax + 10 }, (_, i) => i + 1);
    const full = holding(all);
    const lacking = holding([]);
    const [first] = sent(full.deliver('c', empty));
    expect(first?.message).toMatchObject({ type: 'repair', more: true });
    const asked = sent(lacking.deliver('b', first?.message ?? empty)).find(
      ({ message }) => message.type === 'digest',
    );
    expect(asked?.to).toBe('b');
    const [second] = sent(full.deliver('c', asked?.message ?? empty));
    expect(sequences(lacking.deliver('b', second?.message ?? empty))).toEqual(all.slice(repairMessagesMax));
  });

  it('compares with a new neighbour at once, and one of the two begins', () => {
    const node = holding([1]);
    node.peer('z', true);
    expect(receivers(node.deliver('z', { type: 'join' }), 'digest')).toEqual(['z']);
    const other = new TestNode({ antiEntropyMs: 1_000 }, ['z'], 'z');
    other.peer('a', true);
    expect(receivers(other.deliver('a', { type: 'join' }), 'digest')).toEqual([]);
  });

  it('what is kept no longer is neither sent nor waited for', () => {
    const node = TestNode.withNeighbours(['b'], { storedMessagesMax: 2 });
    for (let sequence = 1; sequence <= 5; sequence++) node.deliver('b', gossipOf(broadcastOf('x', sequence)));
    const [only] = sent(node.deliver('b', empty));
    expect(
      only?.message.type === 'repair' && only.message.messages.map(({ message }) => message.sequence),
    ).toEqual([4, 5]);
    expect(delivered(node.deliver('b', gossipOf(broadcastOf('x', 1))))).toEqual([]);
  });
});
