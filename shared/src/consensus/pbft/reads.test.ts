import { describe, expect, it } from 'vitest';
import { encodeOperation } from '../../store/index.js';
import type { PbftMessage } from './messages.js';
import { TestGroup } from './testing/index.js';

const read: PbftMessage = { type: 'read', number: 1, operation: encodeOperation({ op: 'get', path: '/a' }) };
const readers = (group: TestGroup): readonly string[] => group.reads.map(({ from }) => from);

describe('reads of the stores (5.1.3)', () => {
  it('are answered by every replica from what it has executed', () => {
    const group = new TestGroup(4, { readOnlyOptimisation: true });
    group.order(2, 'r0');
    group.say('client', read, ...group.ids);
    expect(readers(group)).toEqual(group.ids);
  });

  it('are not answered by a restarted replica whose store stands behind what it may have executed', () => {
    const group = new TestGroup(4, { readOnlyOptimisation: true });
    group.order(2, 'r0');
    group.crash('r1');
    group.restart('r1');
    group.say('client', read, 'r1');
    expect(readers(group)).toEqual([]);
    group.pass(1_000);
    group.say('client', read, 'r1');
    expect(readers(group)).toEqual(['r1']);
  });

  it('are nobody’s to ask where the option is off', () => {
    const group = new TestGroup();
    group.order(1, 'r0');
    group.say('client', read, ...group.ids);
    expect(readers(group)).toEqual([]);
  });
});
