import { describe, expect, it } from 'vitest';
import { type LiarContext, seedRandom } from '../../core/index.js';
import { forgery } from './forge.js';
import { parseMessage, type RaftMessage } from './messages.js';
import { command } from './testing/index.js';

const context = (): LiarContext => ({
  self: 'a',
  voters: ['a', 'b', 'c'],
  random: seedRandom(1),
  otherOrders: new Map(),
});
const append = (...texts: readonly string[]): RaftMessage => ({
  type: 'appendEntries',
  term: 2,
  prevLogIndex: 4,
  prevLogTerm: 1,
  entries: [{ term: 2, kind: 'noop' }, ...texts.map((text) => command(2, text))],
  leaderCommit: 4,
  round: 0,
});

describe('lies in Raft', () => {
  it('put other commands under the same terms and indexes', () => {
    const swapped = forgery.forge(append('x', 'y'), 'other-order', context());
    expect(swapped).toEqual(append('y', 'x'));
    const alone = forgery.forge(append('x'), 'other-order', context());
    expect(alone).toMatchObject({ entries: [{ kind: 'noop' }, { term: 2, kind: 'noop' }] });
    expect(forgery.forge(append('x'), 'other-digest', context())).not.toEqual(append('x'));
  });

  it('claim copies that there are not, and turn votes round', () => {
    const copies: RaftMessage = {
      type: 'appendEntriesResponse',
      success: true,
      term: 2,
      matchIndex: 5,
      round: 0,
    };
    const claimed = forgery.forge(copies, 'other-digest', context());
    expect(
      claimed?.type === 'appendEntriesResponse' && claimed.success ? claimed.matchIndex : 0,
    ).toBeGreaterThan(5);
    const vote: RaftMessage = { type: 'requestVoteResponse', term: 2, voteGranted: false };
    expect(forgery.forge(vote, 'other-digest', context())).toEqual({ ...vote, voteGranted: true });
  });

  it('answer clients otherwise', () => {
    const truth: RaftMessage = {
      type: 'clientResponses',
      leader: 'a',
      responses: [{ request: 1, status: 'ok', result: Uint8Array.of(4) }],
    };
    expect(forgery.forge(truth, 'other-result', context())).toMatchObject({
      responses: [{ result: Uint8Array.of(5) }],
    });
  });

  it('vote for every candidate, and for every entry', () => {
    expect(
      forgery.agree(
        { type: 'requestVote', term: 3, lastLogIndex: 0, lastLogTerm: 0, leadershipTransfer: false },
        context(),
      ),
    ).toEqual([{ type: 'requestVoteResponse', term: 3, voteGranted: true }]);
    expect(forgery.agree(append('x'), context())).toMatchObject([{ success: true, matchIndex: 6 }]);
  });

  it('are messages like any other', () => {
    for (const [truth, lie] of [
      [append('x', 'y'), 'other-order'],
      [append('x'), 'other-digest'],
    ] as const) {
      const lied = forgery.forge(truth, lie, context());
      expect(parseMessage(structuredClone(lied))).toEqual(lied);
    }
    expect(forgery.impersonate(append('x'), 'b', context())).toBeNull();
  });
});
