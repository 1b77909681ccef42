import { describe, expect, it } from 'vitest';
import { lastIndex } from './log.js';
import type { AppendEntries } from './messages.js';
import type { RaftState } from './state.js';
import {
  acts,
  command,
  deliver,
  lead,
  notes,
  nowMs,
  persisted,
  sent,
  server,
  step,
  timeout,
} from './testing/index.js';

const append = (
  term: number,
  prevLogIndex: number,
  prevLogTerm: number,
  entries: readonly number[],
  leaderCommit = 0,
): AppendEntries => ({
  type: 'appendEntries',
  term,
  prevLogIndex,
  prevLogTerm,
  entries: entries.map((entryTerm) => command(entryTerm)),
  leaderCommit,
  round: 0,
});
const accepted = (term: number, matchIndex: number) =>
  ({ type: 'appendEntriesResponse', success: true, term, matchIndex, round: 0 }) as const;
const rejected = (term: number, prevLogIndex: number, conflictTerm: number | null, conflictIndex: number) =>
  ({
    type: 'appendEntriesResponse',
    success: false,
    term,
    prevLogIndex,
    conflictTerm,
    conflictIndex,
    round: 0,
  }) as const;
const electionTimer = { type: 'setTimer', timer: 'election', afterMs: 150 };
const terms = (state: RaftState) => state.log.entries.map(({ term }) => term);
const appends = (effects: Parameters<typeof sent>[0], to: string) =>
  sent(effects).flatMap(({ to: each, message }) =>
    each === to && message.type === 'appendEntries' ? [message] : [],
  );
const request = (request: number, text = 'x') => ({
  request,
  mode: 'write' as const,
  body: Uint8Array.from(text, (letter) => letter.charCodeAt(0)),
});
const requests = (...numbers: readonly number[]) =>
  ({
    type: 'clientRequests',
    client: 'z',
    hops: 0,
    configuration: { term: 0, index: 0 },
    requests: numbers.map((number) => request(number)),
  }) as const;

describe('AppendEntries at a follower (5.3, Figure 2)', () => {
  it('appends what is new and acknowledges it once it is durable', () => {
    const state = server({ currentTerm: 1, terms: [1] });
    expect(acts(deliver(state, 'b', append(1, 1, 1, [1, 1])))).toEqual([
      electionTimer,
      {
        type: 'persist',
        write: 1,
        ops: [
          { kind: 'append', index: 2, value: command(1) },
          { kind: 'append', index: 3, value: command(1) },
        ],
      },
      { type: 'send', to: 'b', message: accepted(1, 3), after: 1 },
    ]);
  });

  it('a heartbeat behind entries that are not durable yet acknowledges only what is', () => {
    const state = server({ currentTerm: 1, terms: [1] });
    deliver(state, 'b', append(1, 1, 1, [1]));
    expect(sent(deliver(state, 'b', append(1, 2, 1, [])))).toEqual([{ to: 'b', message: accepted(1, 1) }]);
    persisted(state, 1);
    expect(sent(deliver(state, 'b', append(1, 2, 1, [])))).toEqual([{ to: 'b', message: accepted(1, 2) }]);
  });

  it('"if the follower does not find an entry with the same index and term, it refuses": its log ends before', () => {
    const state = server({ currentTerm: 1, terms: [1] });
    expect(sent(deliver(state, 'b', append(1, 5, 1, [1])))).toEqual([
      { to: 'b', message: rejected(1, 5, null, 2) },
    ]);
    expect(terms(state)).toEqual([1]);
  });

  it('the same: another term there, and the hint names where that term begins', () => {
    const state = server({ currentTerm: 4, terms: [1, 2, 2, 2] });
    expect(sent(deliver(state, 'b', append(4, 4, 4, [4])))).toEqual([
      { to: 'b', message: rejected(4, 4, 2, 2) },
    ]);
  });

  it('deletes an entry that conflicts and all that follow it, and appends the leader’s, in one write', () => {
    const state = server({ currentTerm: 4, terms: [1, 2, 2, 2] });
    const effects = deliver(state, 'b', append(4, 2, 2, [3, 4]));
    expect(effects.find(({ type }) => type === 'persist')).toEqual({
      type: 'persist',
      write: 1,
      ops: [
        { kind: 'truncateFrom', index: 3 },
        { kind: 'append', index: 3, value: command(3) },
        { kind: 'append', index: 4, value: command(4) },
      ],
    });
    expect(terms(state)).toEqual([1, 2, 3, 4]);
    expect(notes(effects)).toEqual([{ code: 'log-truncated', data: { from: 3, to: 4, term: 2 } }]);
  });

  it('leaderCommit moves its commit index, as far as this message has verified the log', () => {
    const state = server({ currentTerm: 1, terms: [1, 1, 1] });
    const effects = deliver(state, 'b', append(1, 1, 1, [1], 9));
    expect(state.commitIndex).toBe(2);
    expect(effects.find(({ type }) => type === 'commit')).toEqual({
      type: 'commit',
      entries: [1, 2].map((index) => ({ index, reign: 1, command: expect.any(Uint8Array) })),
    });
  });

  it('its commit index never falls', () => {
    const state = server({ currentTerm: 1, terms: [1, 1, 1] });
    deliver(state, 'b', append(1, 3, 1, [], 3));
    deliver(state, 'b', append(1, 1, 1, [], 1));
    expect(state.commitIndex).toBe(3);
  });

  it('a duplicate changes nothing and is acknowledged again', () => {
    const state = server({ currentTerm: 1, terms: [1] });
    deliver(state, 'b', append(1, 1, 1, [1, 1]));
    persisted(state, 1);
    expect(acts(deliver(state, 'b', append(1, 1, 1, [1, 1])))).toEqual([
      electionTimer,
      { type: 'send', to: 'b', message: accepted(1, 3) },
    ]);
  });

  it('ABA: a delayed append of a shorter prefix does not cut a newer suffix', () => {
    const state = server({ currentTerm: 3, terms: [1] });
    deliver(state, 'b', append(3, 1, 1, [3]));
    deliver(state, 'b', append(3, 1, 1, [3, 3, 3]));
    deliver(state, 'b', append(3, 1, 1, [3]));
    expect(terms(state)).toEqual([1, 3, 3, 3]);
  });

  it('messages that come in the wrong order: the later one is refused and nothing is lost when both are sent again', () => {
    const state = server({ currentTerm: 1, terms: [1] });
    expect(sent(deliver(state, 'b', append(1, 3, 1, [1])))[0]?.message).toMatchObject({ success: false });
    deliver(state, 'b', append(1, 1, 1, [1, 1]));
    deliver(state, 'b', append(1, 3, 1, [1]));
    expect(lastIndex(state.log)).toBe(4);
  });

  it('an acknowledgement of entries that were cut meanwhile claims nothing about their successors', () => {
    const state = server({ currentTerm: 2, terms: [1] });
    deliver(state, 'b', append(2, 1, 1, [2, 2, 2]));
    deliver(state, 'c', append(3, 1, 1, [3]));
    persisted(state, 1);
    expect(state.durability.durableIndex).toBe(1);
    persisted(state, 2);
    expect(state.durability.durableIndex).toBe(2);
  });
});

describe('Figure 7: the six followers of the leader of term 8', () => {
  const leaderTerms = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
  const followers = {
    a: [1, 1, 1, 4, 4, 5, 5, 6, 6],
    b: [1, 1, 1, 4],
    c: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
    d: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
    e: [1, 1, 1, 4, 4, 4, 4],
    f: [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
  };

  it.each(Object.entries(followers))('(%s) comes to hold exactly the leader’s log', (_name, held) => {
    const voters = ['a', 'l', 'x'];
    const follower = server({ currentTerm: Math.max(...held), terms: held, voters });
    const leader = server({ currentTerm: 7, terms: leaderTerms, voters });
    timeout(leader, 'election');
    deliver(leader, 'x', { type: 'requestPreVoteResponse', term: 7, requestTerm: 7, voteGranted: true });
    persisted(leader, 1);
    let effects = deliver(leader, 'x', { type: 'requestVoteResponse', term: 8, voteGranted: true });
    let roundTrips = 0;
    // The follower stands for the leader's "l" here, and the leader is "x" to it: only the logs matter.
    for (;;) {
      const [message] = appends(effects, 'l');
      if (message === undefined) break;
      roundTrips += 1;
      const answers = deliver(follower, 'x', message);
      for (const effect of answers) if (effect.type === 'persist') persisted(follower, effect.write);
      const [answer] = sent(answers);
      if (answer === undefined) throw new Error('a follower answers');
      effects = deliver(leader, 'l', answer.message);
    }
    expect(terms(follower)).toEqual([...leaderTerms, 8]);
    // With the hint one round trip passes over a whole term.
    expect(roundTrips).toBeLessThanOrEqual(3);
  });
});

describe('a leader replicates (5.3)', () => {
  const leading = (options = {}) => {
    const state = lead(server({ currentTerm: 1, terms: [1] }, options));
    for (const from of ['b', 'c', 'd', 'e']) deliver(state, from, accepted(2, 2));
    return state;
  };

  it('what clients ask for in one message is one write and one message a follower, side by side', () => {
    const state = leading();
    const entries = [1, 2, 3].map(() => command(2, 'x'));
    const message = {
      type: 'appendEntries',
      term: 2,
      prevLogIndex: 2,
      prevLogTerm: 2,
      entries,
      leaderCommit: 2,
      round: 0,
    };
    expect(acts(deliver(state, 'z', requests(1, 2, 3)))).toEqual([
      {
        type: 'persist',
        write: 3,
        ops: entries.map((value, i) => ({ kind: 'append', index: 3 + i, value })),
      },
      ...['b', 'c', 'd', 'e'].map((to) => ({ type: 'send', to, message })),
    ]);
  });

  it('commits what a quorum holds, its own disk counted only when durable', () => {
    const state = leading();
    deliver(state, 'z', requests(1));
    deliver(state, 'b', accepted(2, 3));
    deliver(state, 'c', accepted(2, 3));
    expect(state.commitIndex).toBe(2);
    const effects = persisted(state, 3);
    expect(state.commitIndex).toBe(3);
    expect(effects.filter(({ type }) => type === 'commit')).toHaveLength(1);
    expect(notes(effects)).toEqual([
      { code: 'committed', data: { first: 3, last: 3, term: 2, holders: 'a b c' } },
    ]);
  });

  it('commits without its own disk when a quorum of the others holds it', () => {
    const state = leading();
    deliver(state, 'z', requests(1));
    for (const from of ['b', 'c', 'd']) deliver(state, from, accepted(2, 3));
    expect(state.commitIndex).toBe(3);
  });

  it('the client is answered once its entry has been applied', () => {
    const state = leading();
    deliver(state, 'z', requests(7));
    persisted(state, 3);
    deliver(state, 'b', accepted(2, 3));
    deliver(state, 'c', accepted(2, 3));
    const result = Uint8Array.of(9);
    const effects = step(state, {
      type: 'executed',
      now: nowMs,
      outcomes: [{ index: 3, result }],
      digest: '',
    });
    expect(effects).toEqual([
      {
        type: 'send',
        to: 'z',
        instance: 'client',
        message: { type: 'clientResponses', leader: 'a', responses: [{ request: 7, status: 'ok', result }] },
      },
    ]);
  });

  it('followers learn the commit index at once when nothing else is on its way', () => {
    const state = leading();
    deliver(state, 'z', requests(1));
    persisted(state, 3);
    deliver(state, 'b', accepted(2, 3));
    const effects = deliver(state, 'c', accepted(2, 3));
    for (const to of ['b', 'c', 'd', 'e']) {
      expect(appends(effects, to)).toMatchObject([{ entries: [], leaderCommit: 3 }]);
    }
  });

  it('a busy leader lets the next entries carry it: the notice waits, and is dropped for whom it has reached', () => {
    const state = leading({ commitNoticeMs: 5 });
    timeout(state, 'commit');
    deliver(state, 'z', requests(1));
    persisted(state, 3);
    deliver(state, 'b', accepted(2, 3));
    expect(acts(deliver(state, 'c', accepted(2, 3)))).toMatchObject([
      { type: 'commit' },
      { type: 'setTimer', timer: 'commit', afterMs: 5 },
    ]);
    deliver(state, 'z', requests(2));
    expect(timeout(state, 'commit')).toEqual([]);
  });

  it('sends on without waiting for answers, up to its window, and then lets entries gather', () => {
    const state = leading({ inflightMessagesMax: 2 });
    const counts = [1, 2, 3, 4].map((number) => appends(deliver(state, 'z', requests(number)), 'b').length);
    expect(counts).toEqual([1, 1, 0, 0]);
    expect(appends(deliver(state, 'b', accepted(2, 3)), 'b')).toMatchObject([
      { prevLogIndex: 4, entries: [command(2, 'x'), command(2, 'x')] },
    ]);
  });

  it('the window is one of bytes, too: nothing more while what is on its way weighs that much', () => {
    const state = leading({ inflightMessagesMax: 256, inflightBytesMax: 1_024 });
    const large = { ...requests(1), requests: [request(1, 'x'.repeat(2_000))] };
    expect(appends(deliver(state, 'z', large), 'b')).toHaveLength(1);
    expect(appends(deliver(state, 'z', requests(2)), 'b')).toEqual([]);
    expect(appends(deliver(state, 'z', requests(3)), 'b')).toEqual([]);
    expect(appends(deliver(state, 'b', accepted(2, 3)), 'b')).toMatchObject([
      { prevLogIndex: 3, entries: [command(2, 'x'), command(2, 'x')] },
    ]);
    expect(appends(deliver(state, 'z', requests(4)), 'b')).toHaveLength(1);
  });

  it('splits what is too much for one message', () => {
    const state = leading({ entriesPerMessageMax: 2 });
    expect(
      appends(deliver(state, 'z', requests(1, 2, 3, 4, 5)), 'b').map(({ entries }) => entries.length),
    ).toEqual([2, 2, 1]);
    const narrow = leading({ bytesPerMessageMax: 1_024 });
    const body = new Uint8Array(700);
    const message = {
      ...requests(),
      requests: [1, 2].map((number) => ({ request: number, mode: 'write' as const, body })),
    };
    expect(appends(deliver(narrow, 'z', message), 'b').map(({ entries }) => entries.length)).toEqual([1, 1]);
  });

  it('a rejection makes it look for where the logs meet, one message at a time', () => {
    const state = leading();
    deliver(state, 'z', requests(1));
    const effects = deliver(state, 'b', rejected(2, 2, null, 1));
    // b had acknowledged entry 2: a rejection of what it holds is an old one.
    expect(effects).toEqual([]);
    expect(appends(deliver(state, 'b', rejected(2, 3, null, 3)), 'b')).toMatchObject([{ prevLogIndex: 2 }]);
    expect(appends(deliver(state, 'z', requests(2)), 'b')).toEqual([]);
    expect(appends(deliver(state, 'b', accepted(2, 3)), 'b')).toMatchObject([{ prevLogIndex: 3 }]);
  });

  it('sends heartbeats in idle periods alone (5.2): who was just sent entries needs none', () => {
    const state = leading();
    const soon = nowMs + state.options.heartbeatMs / 2;
    deliver(state, 'z', requests(1));
    expect(appends(timeout(state, 'heartbeat', soon - 1), 'b')).toEqual([]);
    expect(appends(timeout(state, 'heartbeat', soon), 'b')).toHaveLength(1);
  });

  it('retries a silent follower with heartbeats alone, and sends entries again when it answers', () => {
    const state = leading({ checkQuorum: false });
    deliver(state, 'z', requests(1));
    const later = nowMs + 200;
    expect(appends(timeout(state, 'heartbeat', later), 'b')).toMatchObject([
      { prevLogIndex: 2, entries: [] },
    ]);
    expect(appends(timeout(state, 'heartbeat', later + 50), 'b')).toMatchObject([
      { prevLogIndex: 2, entries: [] },
    ]);
    expect(appends(deliver(state, 'b', accepted(2, 2), later + 60), 'b')).toMatchObject([
      { prevLogIndex: 2, entries: [command(2, 'x')] },
    ]);
  });

  it('a link that comes back is probed at once', () => {
    const state = leading();
    deliver(state, 'z', requests(1));
    step(state, { type: 'peerDown', now: nowMs, peer: 'b' });
    expect(appends(deliver(state, 'z', requests(2)), 'b')).toEqual([]);
    const effects = step(state, { type: 'peerUp', now: nowMs, peer: 'b' });
    expect(appends(effects, 'b')).toMatchObject([{ prevLogIndex: 2, entries: [{}, {}] }]);
  });

  it('an answer that claims what nobody can have is not believed', () => {
    const state = leading();
    deliver(state, 'b', accepted(2, 1_000_000));
    deliver(state, 'b', rejected(2, 1_000_000, 1, 1_000_000));
    expect(state.role).toMatchObject({ progress: { b: { matchIndex: 2, nextIndex: 3 } } });
  });

  it('never commits an entry of an earlier term by counting (5.4.2)', () => {
    const state = lead(server({ currentTerm: 2, terms: [1, 2] }));
    for (const from of ['b', 'c', 'd', 'e']) deliver(state, from, accepted(3, 2));
    expect(state.commitIndex).toBe(0);
    deliver(state, 'b', accepted(3, 3));
    deliver(state, 'c', accepted(3, 3));
    expect(state.commitIndex).toBe(3);
  });
});
