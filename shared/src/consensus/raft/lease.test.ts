import { describe, expect, it } from 'vitest';
import { emptyDisk, type Reign } from '../../core/index.js';
import type { RaftMessage, RequestVote } from './messages.js';
import type { RaftState } from './state.js';
import { deliver, lead, notes, nowMs, persisted, sent, server, step, timeout } from './testing/index.js';

const leases = { leaseReads: true, clockDriftPercent: 25 };
/** With the election timeout of 150 ms of these tests. */
const leaseMs = 150 / 1.25;

const about = { client: 'z', hops: 0, configuration: { term: 0, index: 0 } };
const read: RaftMessage = {
  type: 'clientRequests',
  ...about,
  requests: [{ request: 1, mode: 'read', body: Uint8Array.of(1) }],
};
const accepted = (matchIndex: number, round: number, term: Reign = 1): RaftMessage => ({
  type: 'appendEntriesResponse',
  success: true,
  term,
  matchIndex,
  round,
});
const vote = (term: Reign, leadershipTransfer = false): RequestVote => ({
  type: 'requestVote',
  term,
  lastLogIndex: 9,
  lastLogTerm: 9,
  leadershipTransfer,
});
const heartbeat: RaftMessage = {
  type: 'appendEntries',
  term: 1,
  prevLogIndex: 0,
  prevLogTerm: 0,
  entries: [],
  leaderCommit: 0,
  round: 0,
};

/** Server `a` leads b and c; its entry is committed, and the heartbeat of `nowMs` is on its way. */
function leading(options: object = leases): RaftState {
  const state = lead(server({ voters: ['a', 'b', 'c'] }, options));
  deliver(state, 'b', accepted(1, 0));
  timeout(state, 'heartbeat', nowMs);
  return state;
}

/** True when a read is answered without asking anybody. */
function answersAlone(state: RaftState, now: number): boolean {
  const effects = deliver(state, 'z', read, now);
  const asks = sent(effects).some(({ message }) => message.type === 'appendEntries');
  const answers = effects.some(({ type }) => type === 'query');
  expect(asks).toBe(!answers);
  return answers;
}

describe('lease reads (dissertation 6.4.1)', () => {
  it('a read is answered at once while a quorum has heard this leader within an election timeout, less the drift', () => {
    const state = leading();
    expect(answersAlone(state, nowMs + 1)).toBe(false);
    const fresh = leading();
    deliver(fresh, 'b', accepted(1, 1), nowMs + 20);
    expect(answersAlone(fresh, nowMs + leaseMs - 1)).toBe(true);
    expect(answersAlone(fresh, nowMs + leaseMs)).toBe(false);
  });

  it('the lease counts from when the round was sent, not from when it was answered', () => {
    const state = leading();
    deliver(state, 'b', accepted(1, 1), nowMs + leaseMs - 10);
    expect(answersAlone(state, nowMs + leaseMs + 5)).toBe(false);
  });

  it('an answer to an earlier round is worth no more than that round', () => {
    const state = leading();
    timeout(state, 'heartbeat', nowMs + 100);
    deliver(state, 'b', accepted(1, 1), nowMs + 110);
    expect(answersAlone(state, nowMs + leaseMs)).toBe(false);
    const other = leading();
    timeout(other, 'heartbeat', nowMs + 100);
    deliver(other, 'b', accepted(1, 2), nowMs + 110);
    expect(answersAlone(other, nowMs + leaseMs)).toBe(true);
  });

  it('is off unless it is asked for', () => {
    const state = leading({});
    deliver(state, 'b', accepted(1, 1), nowMs + 1);
    expect(answersAlone(state, nowMs + 2)).toBe(false);
  });

  it('a leader without a committed entry of its term refuses reads, lease or not', () => {
    const state = lead(server({ currentTerm: 1, terms: [1], voters: ['a', 'b', 'c'] }, leases));
    timeout(state, 'heartbeat', nowMs);
    deliver(state, 'b', { ...accepted(1, 1), term: 2 } as RaftMessage, nowMs + 1);
    expect(state.role).toMatchObject({ leaseUntil: nowMs + leaseMs });
    expect(deliver(state, 'z', read, nowMs + 2)).toEqual([]);
  });

  it('a lease is given up before TimeoutNow is sent, and for the rest of the term', () => {
    const state = leading();
    deliver(state, 'b', accepted(1, 1), nowMs + 1);
    const action = { kind: 'transferLeadership' as const, to: 'b' };
    const effects = deliver(state, 'z', { type: 'controlRequest', ...about, request: 5, action }, nowMs + 2);
    expect(sent(effects)).toContainEqual({ to: 'b', message: { type: 'timeoutNow', term: 1 } });
    expect(answersAlone(state, nowMs + 3)).toBe(false);
    deliver(state, 'c', accepted(1, 2), nowMs + 100);
    timeout(state, 'heartbeat', nowMs + 160);
    expect(state.role).toMatchObject({ name: 'leader', transfer: null, leaseForgone: true });
    deliver(state, 'b', accepted(1, 3), nowMs + 161);
    expect(answersAlone(state, nowMs + 162)).toBe(false);
  });

  it('a change of pace ends it, rounds on their way included; a later round earns it again', () => {
    const state = leading();
    deliver(state, 'b', accepted(1, 1), nowMs + 1);
    timeout(state, 'heartbeat', nowMs + 50);
    step(state, { type: 'clockJumped', now: nowMs + 60, byMs: 0 });
    deliver(state, 'b', accepted(1, 2), nowMs + 61);
    expect(state.role).toMatchObject({ name: 'leader', leaseUntil: 0 });
    timeout(state, 'heartbeat', nowMs + 100);
    deliver(state, 'b', accepted(1, 3), nowMs + 101);
    expect(answersAlone(state, nowMs + 102)).toBe(true);
  });

  it('a new configuration ends it: another quorum has to confirm', () => {
    const state = leading();
    deliver(state, 'b', accepted(1, 1), nowMs + 1);
    const action = { kind: 'reconfigure' as const, voters: ['a', 'b'] };
    deliver(state, 'z', { type: 'controlRequest', ...about, request: 5, action }, nowMs + 2);
    expect(state.role).toMatchObject({ leaseUntil: 0 });
  });

  it('needs followers that help no other leader: without checkQuorum it cannot be had', () => {
    expect(() => server({}, { leaseReads: true, checkQuorum: false })).toThrow(
      'leaseReads needs checkQuorum',
    );
  });
});

describe('a lease is waited out', () => {
  const voter = (options: object = leases): RaftState => {
    const state = server({ currentTerm: 1, voters: ['a', 'b', 'c'] }, options);
    const values = { hardState: { currentTerm: 1, votedFor: null } };
    step(state, { type: 'start', now: nowMs, disk: { ...emptyDisk, values } });
    return state;
  };

  it('by restarted voters: they help nobody within a minimum election timeout of their start', () => {
    const state = voter();
    expect(sent(deliver(state, 'b', vote(5), nowMs + 149))).toEqual([]);
    expect(state.currentTerm).toBe(1);
    const ask: RaftMessage = { type: 'requestPreVote', term: 5, lastLogIndex: 9, lastLogTerm: 9 };
    expect(notes(deliver(state, 'b', ask, nowMs + 149))).toMatchObject([
      { code: 'pre-vote-refused', data: { reason: 'leader-heard' } },
    ]);
    deliver(state, 'b', vote(5), nowMs + 150);
    expect(state.votedFor).toBe('b');
  });

  it('by nobody where there are no leases', () => {
    const state = voter({});
    deliver(state, 'b', vote(5), nowMs + 1);
    expect(state.votedFor).toBe('b');
  });

  it('not when its holder has given it up by asking for the election', () => {
    const state = voter();
    deliver(state, 'b', vote(5, true), nowMs + 1);
    expect(state.votedFor).toBe('b');
  });

  it('after a change of pace and after a sleep, from then on, and its own election waits too', () => {
    for (const byMs of [0, 60_000]) {
      const state = voter();
      deliver(state, 'b', heartbeat, nowMs + 100);
      const effects = step(state, { type: 'clockJumped', now: nowMs + 200, byMs });
      expect(effects).toContainEqual({ type: 'setTimer', timer: 'election', afterMs: 150 });
      deliver(state, 'c', vote(5), nowMs + 349);
      expect(state.currentTerm).toBe(1);
      deliver(state, 'c', vote(5), nowMs + 350);
      persisted(state, state.durability.lastWrite);
      expect(state.votedFor).toBe('c');
    }
  });
});
