import { describe, expect, it } from 'vitest';
import { clientInstance } from '../../core/index.js';
import {
  createStore,
  decodeAnswer,
  encodeEnvelope,
  encodeOpenSession,
  encodeOperation,
} from '../../store/index.js';
import type { Request } from './messages.js';
import { TestGroup } from './testing/index.js';

const all = ['r0', 'r1', 'r2', 'r3'];
const put = (session: number, sequence: number, value: number): Uint8Array =>
  encodeEnvelope({
    session,
    sequence,
    firstUnanswered: 1,
    operation: encodeOperation({ op: 'put', path: '/a', value }),
  });

function asked(client: string, number: number, ...operations: readonly Uint8Array[]): Request {
  return {
    signer: client,
    instance: clientInstance,
    statement: 'request',
    body: { number, operations },
    signature: null,
  };
}

/** What r1 answered last. */
function lastAnswers(group: TestGroup): readonly string[] {
  const last = group.replies.filter(({ from }) => from === 'r1').at(-1);
  return (last?.message.results ?? []).map(({ result }) => decodeAnswer(result).kind);
}

function tell(group: TestGroup, request: Request): void {
  group.say(request.signer, { type: 'request', request }, 'r0');
  group.settle();
}

describe('sessions', () => {
  it('are their opener’s: nobody else speaks in one', () => {
    const group = new TestGroup();
    tell(group, asked('a', 1, encodeOpenSession('a')));
    expect(lastAnswers(group)).toEqual(['opened']);
    tell(group, asked('b', 1, put(1, 1, 666)));
    expect(lastAnswers(group)).toEqual(['session-expired']);
    tell(group, asked('a', 2, put(1, 1, 1), put(1, 2, 2)));
    expect(lastAnswers(group)).toEqual(['result', 'result']);
    const other = createStore();
    other.apply(1, encodeOpenSession('a'));
    other.apply(2, null);
    other.apply(3, put(1, 1, 1));
    other.apply(4, put(1, 2, 2));
    expect(group.store('r3').digest()).toBe(other.digest());
  });

  it('are opened once, and commands carried out once, though a primary orders the request again', () => {
    const group = new TestGroup();
    const open = asked('a', 1, encodeOpenSession('a'));
    const write = asked('a', 2, put(1, 1, 1));
    tell(group, open);
    tell(group, write);
    for (const request of [open, write]) group.say('r3', { type: 'request', request }, 'r0');
    group.settle();
    expect(group.executed()).toEqual([4, 4, 4, 4]);
    expect(
      group.replies
        .filter(({ from, message }) => from === 'r2' && message.number === 1)
        .map(({ message }) => message.results),
    ).toEqual([
      [{ at: 0, result: expect.any(Uint8Array) }],
      [
        {
          at: 0,
          result: group.replies.find(({ message }) => message.number === 1)?.message.results[0]?.result,
        },
      ],
    ]);
    expect(group.state('r2').sessions).toHaveLength(1);
  });

  it('are part of the state: who got it by transfer agrees about them', () => {
    const group = new TestGroup();
    const reaches = ({ from, to }: { from: string; to: string }): boolean => from !== 'r3' && to !== 'r3';
    group.say('a', { type: 'request', request: asked('a', 1, encodeOpenSession('a')) }, 'r0');
    group.settle(reaches);
    group.order(4, 'r0', reaches);
    group.pass(5_000);
    expect(group.state('r3').sessions).toEqual(group.state('r0').sessions);
    tell(group, asked('b', 1, put(1, 1, 666)));
    tell(group, asked('a', 2, put(1, 1, 1)));
    expect(new Set(all.map((id) => group.store(id).digest())).size).toBe(1);
  });
});
