import { describe, expect, it } from 'vitest';
import { batchDigest } from './digests.js';
import { type Flight, TestGroup } from './testing/index.js';

const backups = ['r1', 'r2', 'r3'];
const noCommit = ({ message }: Flight): boolean => message.type !== 'commit';
const answersOf = (group: TestGroup, id: string): readonly boolean[] =>
  group.replies.filter(({ from }) => from === id).map(({ message }) => message.tentative);

describe('tentative execution (5.1.2)', () => {
  it('answers what has prepared before it has committed, and not again when it does', () => {
    const group = new TestGroup(4, { tentativeExecution: true });
    group.ask('client', 'r0');
    group.settle(noCommit);
    expect(group.executed()).toEqual([0, 0, 0, 0]);
    expect(backups.map((id) => answersOf(group, id))).toEqual([[true], [true], [true]]);
    group.pass(1_000);
    expect(group.executed()).toEqual([1, 1, 1, 1]);
    expect(backups.map((id) => answersOf(group, id))).toEqual([[true], [true], [true]]);
  });

  it('gives the final answer to who asks again', () => {
    const group = new TestGroup(4, { tentativeExecution: true });
    const asked = group.ask('client', 'r0');
    group.settle();
    group.say('client', { type: 'request', request: asked }, 'r2');
    expect(answersOf(group, 'r2').at(-1)).toBe(false);
  });

  it('waits until the certificate is durable, and all before it has committed', () => {
    const group = new TestGroup(4, { tentativeExecution: true });
    group.ask('a', 'r0');
    group.ask('b', 'r0');
    group.settle(noCommit);
    expect(backups.map((id) => group.state(id).tentative?.sequence)).toEqual([1, 1, 1]);
    expect(answersOf(group, 'r1')).toEqual([true]);
    group.pass(1_000);
    expect(group.executed()).toEqual([2, 2, 2, 2]);
  });

  it('is undone by a view change, which may order something else', () => {
    const group = new TestGroup(4, { tentativeExecution: true });
    const asked = group.ask('client', 'r0');
    // r3 alone prepares and executes it; the others begin the next view without it.
    group.settle(
      ({ to, message }) => message.type !== 'commit' && (message.type !== 'prepare' || to === 'r3'),
    );
    expect(answersOf(group, 'r3')).toEqual([true]);
    group.ask('other', 'r1', 'r2');
    for (const id of ['r1', 'r2']) group.fire(id, 'view');
    group.settle(({ from }) => from !== 'r3');
    expect(group.rolledBack).toContain('r3');
    group.pass(3_000);
    expect(new Set(group.ids.map((id) => group.store(id).digest())).size).toBe(1);
    const first = group.state('r2').slots[1]?.accepted?.body.digest;
    expect(first).not.toBe(batchDigest([asked]));
  });

  it('lets no read of the stores miss what was answered', () => {
    const group = new TestGroup(4, { tentativeExecution: true, readOnlyOptimisation: true });
    group.ask('client', 'r0');
    group.settle(noCommit);
    const effects = group.step('r1', {
      type: 'deliver',
      from: 'client',
      message: { type: 'read', number: 1, operation: Uint8Array.of(1) },
    });
    expect(effects.filter(({ type }) => type === 'query')).toMatchObject([{ atIndex: 1 }]);
  });

  it('is off by default', () => {
    const group = new TestGroup();
    group.ask('client', 'r0');
    group.settle(noCommit);
    expect(group.replies).toEqual([]);
  });
});
