import { describe, expect, test } from 'vitest';
import { decodeAccepted } from '../common/accepted.js';
import { bytes, delivered, Solo, sent } from '../testing/index.js';
import { bestEffortServer } from './best-effort.js';
import type { BestEffortMessage } from './messages.js';
import { parseOptions } from './options.js';
import type { BestEffortState } from './state.js';

function solo(options: object = {}): Solo<BestEffortState, BestEffortMessage> {
  return new Solo<BestEffortState, BestEffortMessage>(bestEffortServer, { options: parseOptions(options) });
}

const message = (sequence: number, base = 1, incarnation = 1): BestEffortMessage => ({
  type: 'broadcast',
  incarnation,
  sequence,
  base,
  payload: bytes(`${sequence}`),
});

describe('a broadcast', () => {
  test('goes to all who can be reached, is delivered at its origin, and is answered with its name', () => {
    const a = solo();
    a.start('b', 'c');
    const effects = a.propose(7, 'hi');
    expect(sent(effects).map(([to]) => to)).toEqual(['b', 'c']);
    expect(delivered(effects)).toEqual(['a/1 hi']);
    const [result] = effects.flatMap((effect) => (effect.type === 'reply' ? [effect.result] : []));
    expect(decodeAccepted(result ?? bytes(''))).toEqual({ origin: 'a', incarnation: 1, sequence: 1 });
  });

  test('waits until the incarnation is on disk: a restart must not give its name again', () => {
    const a = solo();
    a.step({ type: 'start', disk: { values: {}, log: [], snapshot: null } });
    expect(a.propose(1, 'early')).toEqual([]);
    expect(delivered(a.flush())).toEqual(['a/1 early']);
    a.restart('b');
    const [[, again] = []] = sent(a.propose(1, 'late'));
    expect(again).toMatchObject({ incarnation: 2, sequence: 1 });
  });

  test('is sent again until it is acknowledged, and not after', () => {
    const a = solo({ retransmitMs: 100 });
    a.start('b');
    a.propose(1, 'x');
    expect(sent(a.fire('retransmit', 99))).toEqual([]);
    expect(sent(a.fire('retransmit', 1))).toHaveLength(1);
    a.deliver('b', { type: 'acknowledge', incarnation: 1, sequence: 1 });
    expect(a.fire('retransmit', 100)).toEqual([]);
  });

  test('is sent once where links are not made reliable', () => {
    const a = solo({ retransmitMs: 0 });
    a.start('b');
    const effects = a.propose(1, 'x');
    expect(sent(effects)).toHaveLength(1);
    expect(effects.some(({ type }) => type === 'setTimer')).toBe(false);
  });

  test('waits for those who can not be reached, as many as there is room for; of more the oldest is given up', () => {
    const a = solo({ pendingMax: 2 });
    a.start('b');
    for (const text of ['1', '2', '3']) a.propose(1, text);
    expect(bestEffortServer.observe(a.state).detail).toMatchObject({ pending: 4, givenUp: 2 });
    const late = sent(a.step({ type: 'peerUp', peer: 'c' }));
    expect(late.map(([, { sequence }]) => sequence)).toEqual([2, 3]);
    expect(late[0]?.[1]).toMatchObject({ base: 2 });
  });

  test('too large is refused, and so is every look at a store that there is not', () => {
    const a = solo({ payloadBytesMax: 2 });
    a.start();
    expect(a.propose(1, 'xyz')).toEqual([{ type: 'refuse', request: 1, error: 'too-large' }]);
    expect(a.step({ type: 'read', request: 2, operation: bytes('') })).toEqual([
      { type: 'refuse', request: 2, error: 'unsupported' },
    ]);
  });
});

describe('exactly-once delivery', () => {
  test('what comes again is acknowledged again, and not delivered again', () => {
    const a = solo();
    a.start('b');
    expect(delivered(a.deliver('b', message(1)))).toEqual(['b/1 1']);
    const again = a.deliver('b', message(1));
    expect(delivered(again)).toEqual([]);
    expect(sent(again)).toEqual([['b', { type: 'acknowledge', incarnation: 1, sequence: 1 }]]);
  });

  test('messages are delivered as they come, whatever their order', () => {
    const a = solo();
    a.start('b');
    const effects = [3, 1, 2, 3, 1].flatMap((sequence) => a.deliver('b', message(sequence)));
    expect(delivered(effects)).toEqual(['b/3 3', 'b/1 1', 'b/2 2']);
  });

  test('of an incarnation that has ended nothing is taken any more', () => {
    const a = solo();
    a.start('b');
    a.deliver('b', message(1, 1, 2));
    expect(a.deliver('b', message(5, 1, 1))).toEqual([]);
    expect(delivered(a.deliver('b', message(2, 1, 2)))).toEqual(['b/2 2']);
  });

  test('what its sender says it sends no more is not waited for, so that what is remembered stays small', () => {
    const a = solo();
    a.start('b');
    a.deliver('b', message(500, 500));
    expect(a.state.origins['b']?.received).toEqual({ upTo: 500, ahead: [] });
    expect(delivered(a.deliver('b', message(499, 499)))).toEqual([]);
  });

  test('a number far beyond what any sender may leave unacknowledged is not taken', () => {
    const a = solo();
    a.start('b');
    expect(a.deliver('b', message(2_000))).toEqual([]);
  });
});
