import { describe, expect, it } from 'vitest';
import type { AppendEntries, RequestVote } from './messages.js';
import {
  acts,
  deliver,
  lead,
  notes,
  nowMs,
  persisted,
  sent,
  server,
  TestCluster,
  timeout,
} from './testing/index.js';

const vote = (term: number, lastLogIndex = 0, lastLogTerm = 0): RequestVote => ({
  type: 'requestVote',
  term,
  lastLogIndex,
  lastLogTerm,
  leadershipTransfer: false,
});
const heartbeat = (term: number): AppendEntries => ({
  type: 'appendEntries',
  term,
  prevLogIndex: 0,
  prevLogTerm: 0,
  entries: [],
  leaderCommit: 0,
  round: 0,
});
const hardState = (currentTerm: number, votedFor: string | null) => ({
  kind: 'set',
  key: 'hardState',
  value: { currentTerm, votedFor },
});
const electionTimer = { type: 'setTimer', timer: 'election', afterMs: 150 };

describe('terms (5.1: "if a server’s current term is smaller, it updates its current term to the larger value")', () => {
  it('a follower takes over a higher term, and forgets its vote, before it answers', () => {
    const state = server({ currentTerm: 1, votedFor: 'c' });
    expect(acts(deliver(state, 'b', heartbeat(3)))).toEqual([
      { type: 'persist', write: 1, ops: [hardState(3, null)] },
      electionTimer,
      {
        type: 'send',
        to: 'b',
        message: { type: 'appendEntriesResponse', success: true, term: 3, matchIndex: 0, round: 0 },
        after: 1,
      },
    ]);
    expect(state).toMatchObject({ currentTerm: 3, votedFor: null, leader: 'b' });
  });

  it('a candidate that sees a higher term becomes a follower', () => {
    const state = server({ currentTerm: 1 }, { preVote: false });
    timeout(state, 'election');
    const effects = deliver(state, 'b', { type: 'requestVoteResponse', term: 7, voteGranted: false });
    expect(acts(effects)).toEqual([{ type: 'persist', write: 2, ops: [hardState(7, null)] }]);
    expect(state.role).toEqual({ name: 'follower' });
  });

  it('a leader that sees a higher term becomes a follower, with an election timer again', () => {
    const state = lead(server({ currentTerm: 1 }));
    const effects = deliver(state, 'b', {
      type: 'appendEntriesResponse',
      success: false,
      term: 9,
      prevLogIndex: 0,
      conflictTerm: null,
      conflictIndex: 1,
      round: 0,
    });
    expect(acts(effects)).toEqual([
      { type: 'persist', write: 3, ops: [hardState(9, null)] },
      { type: 'cancelTimer', timer: 'heartbeat' },
      electionTimer,
    ]);
    expect(state.role).toEqual({ name: 'follower' });
    expect(notes(effects)).toEqual([
      { code: 'stepped-down', data: { was: 'leader', reason: 'higher-term', term: 9, from: 'b' } },
    ]);
  });

  it('a request of a stale term is rejected, with the term that makes its sender step down', () => {
    const state = server({ currentTerm: 5 });
    expect(acts(deliver(state, 'b', heartbeat(4)))).toEqual([
      {
        type: 'send',
        to: 'b',
        message: {
          type: 'appendEntriesResponse',
          success: false,
          term: 5,
          prevLogIndex: 0,
          conflictTerm: null,
          conflictIndex: 1,
          round: 0,
        },
      },
    ]);
    expect(sent(deliver(state, 'b', vote(4)))).toEqual([
      { to: 'b', message: { type: 'requestVoteResponse', term: 5, voteGranted: false } },
    ]);
    expect(state.leader).toBeNull();
  });

  it('a late answer of an earlier term changes nothing', () => {
    const state = server({ currentTerm: 5 }, { preVote: false });
    timeout(state, 'election');
    expect(deliver(state, 'b', { type: 'requestVoteResponse', term: 5, voteGranted: true })).toEqual([]);
    expect(state.role).toMatchObject({ name: 'candidate', votes: {} });
  });

  it('a candidate that its configuration does not know may get its vote: one that it lacks may know it (section 6)', () => {
    const state = server({ currentTerm: 1 });
    deliver(state, 'newcomer', vote(9));
    expect(state).toMatchObject({ currentTerm: 9, votedFor: 'newcomer' });
  });

  it('a vote of one who has none counts for nothing', () => {
    const state = server({ currentTerm: 1, voters: ['a', 'b', 'c'] }, { preVote: false });
    timeout(state, 'election');
    persisted(state, 1);
    deliver(state, 'stranger', { type: 'requestVoteResponse', term: 2, voteGranted: true });
    expect(state.role).toMatchObject({ name: 'candidate', votes: { a: 'yes' } });
  });
});

describe('starting an election (5.2)', () => {
  it('a follower that hears nothing asks for pre-votes, and touches neither term nor vote (dissertation 9.6)', () => {
    const state = server({ currentTerm: 2, terms: [1, 2] });
    const message = { type: 'requestPreVote', term: 2, lastLogIndex: 2, lastLogTerm: 2 };
    expect(acts(timeout(state, 'election'))).toEqual([
      electionTimer,
      ...['b', 'c', 'd', 'e'].map((to) => ({ type: 'send', to, message })),
    ]);
    expect(state).toMatchObject({ currentTerm: 2, votedFor: null, role: { name: 'pre-candidate' } });
  });

  it('"increments its current term, votes for itself, and issues RequestVote RPCs in parallel", all durable first', () => {
    const state = server({ currentTerm: 2, terms: [1, 2] }, { preVote: false });
    const message = {
      type: 'requestVote',
      term: 3,
      lastLogIndex: 2,
      lastLogTerm: 2,
      leadershipTransfer: false,
    };
    expect(acts(timeout(state, 'election'))).toEqual([
      electionTimer,
      { type: 'persist', write: 1, ops: [hardState(3, 'a')] },
      ...['b', 'c', 'd', 'e'].map((to) => ({ type: 'send', to, message, after: 1 })),
    ]);
  });

  it('a quorum of pre-votes starts it, refusals and answers to earlier questions do not', () => {
    const state = server({ currentTerm: 2 });
    timeout(state, 'election');
    const answer = (from: string, requestTerm: number, voteGranted: boolean) =>
      deliver(state, from, { type: 'requestPreVoteResponse', term: 2, requestTerm, voteGranted });
    expect(answer('b', 1, true)).toEqual([]);
    expect(answer('c', 2, false)).toEqual([]);
    expect(answer('d', 2, true)).toEqual([]);
    expect(state.role).toMatchObject({ name: 'pre-candidate' });
    answer('e', 2, true);
    expect(state).toMatchObject({ currentTerm: 3, votedFor: 'a', role: { name: 'candidate' } });
  });

  it('its own vote counts only once it is durable', () => {
    const state = server({ voters: ['a'] });
    timeout(state, 'election');
    expect(state.role).toMatchObject({ name: 'candidate', votes: {} });
    persisted(state, 1);
    expect(state.role.name).toBe('leader');
  });

  it('says why it failed when the next timeout comes', () => {
    const state = server({ currentTerm: 2 });
    timeout(state, 'election');
    deliver(state, 'b', { type: 'requestPreVoteResponse', term: 2, requestTerm: 2, voteGranted: false });
    expect(notes(timeout(state, 'election'))).toEqual([
      { code: 'pre-vote-not-won', data: { term: 2, yes: 1, no: 1 } },
    ]);
  });

  it('timeouts are drawn anew each time, from the whole range', () => {
    const state = server({}, { electionTimeoutMinMs: 100, electionTimeoutMaxMs: 109 });
    const drawn = new Set<number>();
    for (let i = 0; i < 300; i++) {
      for (const effect of timeout(state, 'election'))
        if (effect.type === 'setTimer') drawn.add(effect.afterMs);
    }
    expect([...drawn].sort((x, y) => x - y)).toEqual([100, 101, 102, 103, 104, 105, 106, 107, 108, 109]);
  });
});

describe('voting (5.2, 5.4.1)', () => {
  it('votes for the first candidate, durably before it answers', () => {
    const state = server({ currentTerm: 3 });
    expect(acts(deliver(state, 'b', vote(3)))).toEqual([
      { type: 'persist', write: 1, ops: [hardState(3, 'b')] },
      electionTimer,
      {
        type: 'send',
        to: 'b',
        message: { type: 'requestVoteResponse', term: 3, voteGranted: true },
        after: 1,
      },
    ]);
  });

  it('"at most one candidate in a given term, on a first-come-first-served basis"', () => {
    const state = server({ currentTerm: 3 });
    deliver(state, 'b', vote(3));
    const effects = deliver(state, 'c', vote(3));
    expect(sent(effects)).toEqual([
      { to: 'c', message: { type: 'requestVoteResponse', term: 3, voteGranted: false } },
    ]);
    expect(notes(effects)).toEqual([
      { code: 'vote-refused', data: { to: 'c', term: 3, reason: 'already-voted' } },
    ]);
    expect(state.votedFor).toBe('b');
  });

  it('remembers its vote across a restart', () => {
    const state = server({ currentTerm: 3, votedFor: 'b' });
    expect(sent(deliver(state, 'c', vote(3)))[0]?.message).toMatchObject({ voteGranted: false });
    expect(sent(deliver(state, 'b', vote(3)))[0]?.message).toMatchObject({ voteGranted: true });
  });

  it('answers a repeated request of its candidate again, without a second write', () => {
    const state = server({ currentTerm: 3 });
    deliver(state, 'b', vote(3));
    persisted(state, 1);
    expect(acts(deliver(state, 'b', vote(3)))).toEqual([
      electionTimer,
      { type: 'send', to: 'b', message: { type: 'requestVoteResponse', term: 3, voteGranted: true } },
    ]);
  });

  it.each([
    ['an earlier last term, however long the log', [1, 3], vote(4, 9, 2), 'log-older'],
    ['the same last term and a shorter log', [1, 3], vote(4, 1, 3), 'log-shorter'],
    ['the same last term and length', [1, 3], vote(4, 2, 3), null],
    ['the same last term and a longer log', [1, 3], vote(4, 3, 3), null],
    ['a later last term, however short the log', [1, 3, 3], vote(5, 1, 4), null],
  ] as const)('a candidate with %s: up-to-date rule', (_what, terms, message, refusal) => {
    const effects = deliver(server({ currentTerm: 3, terms }), 'b', message);
    expect(sent(effects)[0]?.message).toMatchObject({ voteGranted: refusal === null });
    expect(notes(effects)[0]).toMatchObject(
      refusal === null ? { code: 'vote-granted' } : { code: 'vote-refused', data: { reason: refusal } },
    );
  });

  it('a pre-vote is granted without a promise, to several, and from a lower term too', () => {
    const state = server({ currentTerm: 2 });
    for (const from of ['b', 'c']) {
      expect(
        acts(deliver(state, from, { type: 'requestPreVote', term: 4, lastLogIndex: 0, lastLogTerm: 0 })),
      ).toEqual([
        {
          type: 'send',
          to: from,
          message: { type: 'requestPreVoteResponse', term: 2, requestTerm: 4, voteGranted: true },
        },
      ]);
    }
    expect(state).toMatchObject({ currentTerm: 2, votedFor: null });
  });

  it('a pre-vote is refused while a leader is heard (4.2.3), and a vote is not even answered', () => {
    const state = server({ currentTerm: 2 });
    deliver(state, 'e', heartbeat(2));
    const ask = { type: 'requestPreVote', term: 2, lastLogIndex: 5, lastLogTerm: 2 } as const;
    expect(sent(deliver(state, 'b', ask, nowMs + 149))[0]?.message).toMatchObject({ voteGranted: false });
    expect(acts(deliver(state, 'b', vote(3, 5, 2), nowMs + 149))).toEqual([]);
    expect(state.currentTerm).toBe(2);
    expect(sent(deliver(state, 'b', ask, nowMs + 150))[0]?.message).toMatchObject({ voteGranted: true });
    expect(sent(deliver(state, 'b', vote(3, 5, 2), nowMs + 150))[0]?.message).toMatchObject({
      voteGranted: true,
    });
  });
});

describe('the outcome of an election (5.2)', () => {
  const candidate = () => {
    const state = server({ currentTerm: 1, terms: [1] }, { preVote: false });
    timeout(state, 'election');
    persisted(state, 1);
    return state;
  };

  it('(a) it wins with a majority: heartbeats at once, and an entry of its own term on disk and on its way', () => {
    const state = candidate();
    deliver(state, 'b', { type: 'requestVoteResponse', term: 2, voteGranted: true });
    const entry = { term: 2, kind: 'noop' };
    const message = {
      type: 'appendEntries',
      term: 2,
      prevLogIndex: 1,
      prevLogTerm: 1,
      entries: [entry],
      leaderCommit: 0,
      round: 0,
    };
    expect(acts(deliver(state, 'c', { type: 'requestVoteResponse', term: 2, voteGranted: true }))).toEqual([
      { type: 'cancelTimer', timer: 'election' },
      { type: 'setTimer', timer: 'heartbeat', afterMs: 50 },
      { type: 'persist', write: 2, ops: [{ kind: 'append', index: 2, value: entry }] },
      ...['b', 'c', 'd', 'e'].map((to) => ({ type: 'send', to, message })),
    ]);
  });

  it('a vote given twice counts once', () => {
    const state = candidate();
    deliver(state, 'b', { type: 'requestVoteResponse', term: 2, voteGranted: true });
    deliver(state, 'b', { type: 'requestVoteResponse', term: 2, voteGranted: true });
    expect(state.role.name).toBe('candidate');
  });

  it('(b) another server establishes itself: AppendEntries of the same term makes it a follower', () => {
    const state = candidate();
    deliver(state, 'd', heartbeat(2));
    expect(state).toMatchObject({ role: { name: 'follower' }, leader: 'd', currentTerm: 2, votedFor: 'a' });
  });

  it('(b) a leader of an earlier term does not', () => {
    const state = candidate();
    deliver(state, 'd', heartbeat(1));
    expect(state.role.name).toBe('candidate');
  });

  it('(c) nobody wins: with randomisation off, split votes go on for ever', () => {
    const fixed = { electionTimeoutMinMs: 150, electionTimeoutMaxMs: 150, preVote: false };
    const cluster = new TestCluster(4, fixed);
    // Messages of one moment cross: all have voted for themselves before they hear of each other.
    for (let round = 0; round < 30; round++) {
      for (const id of cluster.ids) cluster.fire(id, 'election');
      cluster.settle();
      expect(cluster.ids.map((id) => cluster.state(id).role.name)).not.toContain('leader');
    }
    expect(cluster.state('s1').currentTerm).toBe(30);
  });

  it('(c) a split vote is resolved with randomisation on', () => {
    const cluster = new TestCluster(4, { preVote: false });
    for (const id of cluster.ids) cluster.fire(id, 'election');
    cluster.settle();
    cluster.pass(5_000);
    expect(cluster.ids.filter((id) => cluster.state(id).role.name === 'leader')).toHaveLength(1);
  });
});

describe('a leader’s heartbeats (5.2, Figure 2: "repeat during idle periods to prevent election timeouts")', () => {
  it('go to every follower, again and again, and keep each from an election', () => {
    const state = lead(server({ currentTerm: 1 }));
    const beats = sent(timeout(state, 'heartbeat')).map(({ to, message }) => [to, message.type]);
    expect(beats).toEqual(['b', 'c', 'd', 'e'].map((to) => [to, 'appendEntries']));
    const cluster = new TestCluster(5);
    cluster.elect('s2');
    const { currentTerm } = cluster.state('s2');
    cluster.pass(10_000);
    for (const id of cluster.ids) expect(cluster.state(id)).toMatchObject({ currentTerm, leader: 's2' });
  });
});

describe('a disruptive server', () => {
  const cutOff = (preVote: boolean) => {
    const cluster = new TestCluster(3, { preVote });
    cluster.elect('s1');
    const reaches = ({ from, to }: { from: string; to: string }) => from !== 's3' && to !== 's3';
    cluster.pass(3_000, reaches);
    const termBefore = cluster.state('s1').currentTerm;
    cluster.pass(1_000);
    return { cluster, termBefore };
  };

  it('with PreVote: it comes back after a while alone, and the leader stays', () => {
    const { cluster, termBefore } = cutOff(true);
    expect(cluster.state('s1')).toMatchObject({ role: { name: 'leader' }, currentTerm: termBefore });
    expect(cluster.state('s3')).toMatchObject({ leader: 's1', currentTerm: termBefore });
  });

  it('without PreVote: its high term makes the leader step down', () => {
    const { cluster, termBefore } = cutOff(false);
    expect(cluster.state('s1').currentTerm).toBeGreaterThan(termBefore + 3);
  });
});

describe('CheckQuorum (dissertation 6.2)', () => {
  it('an isolated leader steps down within an election timeout, and its clients are told to ask again', () => {
    const cluster = new TestCluster(3);
    cluster.elect('s1');
    const [request] = cluster.propose('s1', 'lost');
    const isolated = ({ from, to }: { from: string; to: string }) => from !== 's1' && to !== 's1';
    cluster.pass(400, isolated);
    expect(cluster.state('s1').role.name).not.toBe('leader');
    expect(cluster.notes).toContainEqual({ node: 's1', code: 'stepped-down' });
    expect(cluster.answers).toEqual([{ request, status: 'retry' }]);
  });

  it('a leader with a quorum goes on without the others', () => {
    const cluster = new TestCluster(5);
    cluster.elect('s1');
    const { currentTerm } = cluster.state('s1');
    cluster.pass(5_000, ({ from, to }) => ![from, to].some((id) => id === 's4' || id === 's5'));
    expect(cluster.state('s1')).toMatchObject({ role: { name: 'leader' }, currentTerm });
  });

  it('a leader that slept steps down at once: it may have been replaced', () => {
    const cluster = new TestCluster(3);
    cluster.elect('s1');
    cluster.step('s1', { type: 'clockJumped', byMs: 60_000 });
    expect(cluster.state('s1')).toMatchObject({ role: { name: 'follower' }, leader: null });
  });

  it('a follower that slept no longer counts a leader as heard', () => {
    const cluster = new TestCluster(3);
    cluster.elect('s1');
    expect(cluster.state('s2').leaderHeardAt).not.toBeNull();
    cluster.step('s2', { type: 'clockJumped', byMs: 60_000 });
    expect(cluster.state('s2').leaderHeardAt).toBeNull();
  });
});
