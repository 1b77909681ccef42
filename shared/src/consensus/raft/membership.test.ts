import { describe, expect, it } from 'vitest';
import type { NodeId, Reign } from '../../core/index.js';
import type { Configuration } from './configuration.js';
import type { LogEntry } from './log.js';
import type { AppendEntries, RaftMessage } from './messages.js';
import { raftServer } from './raft.js';
import type { RaftState } from './state.js';
import {
  command,
  deliver,
  type Flight,
  lead,
  notes,
  nowMs,
  persisted,
  sent,
  server,
  step,
  TestCluster,
  timeout,
} from './testing/index.js';

const stable = (...voters: readonly NodeId[]): Configuration => ({ voters, incoming: null, learners: [] });
const joint = (voters: readonly NodeId[], incoming: readonly NodeId[]): Configuration => ({
  voters,
  incoming,
  learners: [],
});
const entry = (term: Reign, configuration: Configuration): LogEntry => ({
  term,
  kind: 'configuration',
  configuration,
});
const append = (
  entries: readonly LogEntry[],
  { term = 1, prevLogIndex = 0, prevLogTerm = 0, leaderCommit = 0 } = {},
): AppendEntries => ({
  type: 'appendEntries',
  term,
  prevLogIndex,
  prevLogTerm,
  entries,
  leaderCommit,
  round: 0,
});
const accepted = (matchIndex: number, term: Reign, round = 0): RaftMessage => ({
  type: 'appendEntriesResponse',
  success: true,
  term,
  matchIndex,
  round,
});
const granted = (term: Reign): RaftMessage => ({ type: 'requestVoteResponse', term, voteGranted: true });
const reconfigure = (request: number, ...voters: readonly NodeId[]): RaftMessage => ({
  type: 'controlRequest',
  client: 'z',
  hops: 0,
  configuration: { term: 0, index: 0 },
  request,
  action: { kind: 'reconfigure', voters },
});

/** Server `a` of a, b, c with this configuration in its log. */
function holding(configuration: Configuration, options = {}): RaftState {
  const state = server({ currentTerm: 1, voters: ['a', 'b', 'c'] }, options);
  deliver(state, 'b', append([entry(1, configuration)]), 0);
  persisted(state, state.durability.lastWrite, 0);
  return state;
}

/** The kinds of configuration that a node's log went through, oldest first. */
function configurations(cluster: TestCluster, id: NodeId): readonly Configuration[] {
  return cluster
    .state(id)
    .log.entries.flatMap((held) => (held.kind === 'configuration' ? [held.configuration] : []));
}

const between =
  (...cut: readonly NodeId[]) =>
  ({ from, to }: Flight): boolean =>
    !cut.includes(from) && !cut.includes(to);

/** All but what carries the entry of a C_new. */
const exceptC_new = ({ message }: Flight): boolean =>
  message.type !== 'appendEntries' ||
  !message.entries.some(
    (held) =>
      held.kind === 'configuration' &&
      held.configuration.incoming === null &&
      held.configuration.learners.length === 0,
  );

describe('changing the voters (section 6, dissertation 4.3)', () => {
  it('newcomers learn first, and vote after C_old,new and C_new', () => {
    const cluster = new TestCluster(5, {}, 1, 3);
    cluster.elect('s1');
    cluster.propose('s1', 'x');
    const request = cluster.reconfigure('s1', 's1', 's4', 's5');
    cluster.pass(1_000);
    const old = ['s1', 's2', 's3'];
    const next = ['s1', 's4', 's5'];
    const passed = [
      { voters: old, incoming: null, learners: ['s4', 's5'] },
      joint(old, next),
      stable(...next),
    ];
    expect(cluster.answers).toContainEqual({ request, status: 'ok', result: new Uint8Array() });
    for (const id of cluster.ids) expect(configurations(cluster, id)).toEqual(passed);
  });

  it('what is so already is answered at once, and changes nothing', () => {
    const cluster = new TestCluster(3);
    cluster.elect('s1');
    const request = cluster.reconfigure('s1', 's3', 's2', 's1');
    expect(cluster.answers).toContainEqual({ request, status: 'ok', result: new Uint8Array() });
    expect(configurations(cluster, 's1')).toEqual([]);
  });

  it('a follower passes the request on to the leader', () => {
    const cluster = new TestCluster(3);
    cluster.elect('s1');
    const request = cluster.reconfigure('s2', 's1', 's2');
    cluster.pass(500);
    expect(cluster.answers).toContainEqual({ request, status: 'ok', result: new Uint8Array() });
  });

  it('one at a time: another is refused, and the same is answered together with the first', () => {
    const cluster = new TestCluster(4, {}, 1, 3);
    cluster.elect('s1');
    const first = cluster.reconfigure('s1', 's1', 's2', 's4');
    const other = cluster.reconfigure('s1', 's1', 's2');
    const same = cluster.reconfigure('s1', 's4', 's2', 's1');
    expect(cluster.answers).toContainEqual({
      request: other,
      status: 'refused',
      reason: 'another-under-way',
    });
    cluster.pass(1_000);
    for (const request of [first, same]) {
      expect(cluster.answers).toContainEqual({ request, status: 'ok', result: new Uint8Array() });
    }
  });

  it('no configuration change before an entry of the leader’s own term is committed', () => {
    const state = lead(server({ currentTerm: 1, terms: [1], voters: ['a', 'b', 'c'] }));
    deliver(state, 'z', reconfigure(7, 'a', 'b'));
    expect(state.log.entries.some(({ kind }) => kind === 'configuration')).toBe(false);
    deliver(state, 'b', accepted(2, state.currentTerm));
    expect(state.configuration).toEqual(joint(['a', 'b', 'c'], ['a', 'b']));
  });

  it('a leader that leads no more tells who asked to ask again', () => {
    const cluster = new TestCluster(3);
    cluster.elect('s1');
    const request = cluster.reconfigure('s1', 's1', 's2');
    cluster.step('s1', { type: 'clockJumped', byMs: 60_000 });
    expect(cluster.answers).toContainEqual({ request, status: 'retry' });
  });
});

describe('a configuration is in force as soon as it is in the log (section 6)', () => {
  it('at a follower too, and goes with its entry when that is cut', () => {
    const state = server({ currentTerm: 1, terms: [1], voters: ['a', 'b', 'c'] });
    deliver(state, 'b', append([entry(1, stable('a', 'd'))], { prevLogIndex: 1, prevLogTerm: 1 }));
    expect(state).toMatchObject({ configuration: stable('a', 'd'), commitIndex: 0 });
    const effects = deliver(state, 'c', append([command(2)], { term: 2, prevLogIndex: 1, prevLogTerm: 1 }));
    expect(state.configuration).toEqual(stable('a', 'b', 'c'));
    expect(notes(effects).map(({ code }) => code)).toContain('configuration-rolled-back');
  });

  it('several that are cut leave the one before all of them', () => {
    const state = server({ currentTerm: 1, voters: ['a', 'b', 'c'] });
    const entries = [entry(1, stable('a', 'b')), entry(1, stable('a')), entry(1, stable('a', 'd'))];
    deliver(state, 'b', append(entries));
    deliver(state, 'c', append([command(2)], { term: 2, prevLogIndex: 1, prevLogTerm: 1 }));
    expect(state.configuration).toEqual(stable('a', 'b'));
  });

  it('after a restart as before it', () => {
    const disk = {
      values: { hardState: { currentTerm: 1, votedFor: null } },
      log: [{ index: 1, value: entry(1, stable('a', 'd')) }],
      snapshot: null,
    };
    const state = server({ voters: ['a', 'b', 'c'] });
    step(state, { type: 'start', now: nowMs, disk });
    expect(state.configuration).toEqual(stable('a', 'd'));
  });
});

describe('while two configurations overlap', () => {
  const passed = joint(['a', 'b', 'c'], ['a', 'd', 'e']);

  it('a candidate needs the votes of a majority of the old and of one of the new', () => {
    const candidate = (): RaftState => {
      const state = holding(passed, { preVote: false });
      timeout(state, 'election');
      persisted(state, state.durability.lastWrite);
      return state;
    };
    const old = candidate();
    for (const from of ['b', 'c']) deliver(old, from, granted(2));
    expect(old.role.name).toBe('candidate');
    deliver(old, 'd', granted(2));
    expect(old.role.name).toBe('leader');
    const fresh = candidate();
    for (const from of ['d', 'e']) deliver(fresh, from, granted(2));
    expect(fresh.role.name).toBe('candidate');
    deliver(fresh, 'c', granted(2));
    expect(fresh.role.name).toBe('leader');
  });

  it('an entry is committed when a majority of each holds it', () => {
    const state = holding(passed, { preVote: false });
    timeout(state, 'election');
    persisted(state, state.durability.lastWrite);
    for (const from of ['b', 'd']) deliver(state, from, granted(2));
    for (const from of ['d', 'e']) deliver(state, from, accepted(2, 2));
    persisted(state, state.durability.lastWrite);
    expect(state.commitIndex).toBe(0);
    deliver(state, 'b', accepted(2, 2));
    expect(state.commitIndex).toBe(2);
  });

  it('a read is confirmed when a majority of each has echoed its round', () => {
    const state = holding(passed, { preVote: false });
    timeout(state, 'election');
    persisted(state, state.durability.lastWrite);
    for (const from of ['b', 'd']) deliver(state, from, granted(2));
    persisted(state, state.durability.lastWrite);
    for (const from of ['b', 'd']) deliver(state, from, accepted(2, 2));
    const read = { request: 1, mode: 'read' as const, body: new Uint8Array() };
    const about = { client: 'z', hops: 0, configuration: { term: 0, index: 0 } };
    deliver(state, 'z', { type: 'clientRequests', ...about, requests: [read] });
    expect(state.configuration).toEqual(stable('a', 'd', 'e'));
    expect(deliver(state, 'b', accepted(2, 2, 1)).some(({ type }) => type === 'query')).toBe(false);
    expect(deliver(state, 'd', accepted(2, 2, 1)).some(({ type }) => type === 'query')).toBe(true);
  });

  it('a leader that only one of the two sides answers steps down', () => {
    const cluster = new TestCluster(5, {}, 1, 3);
    cluster.elect('s1');
    cluster.reconfigure('s1', 's1', 's4', 's5');
    const oldOnly = (flight: Flight): boolean =>
      cluster.state('s1').configuration.incoming === null || between('s4', 's5')(flight);
    cluster.pass(1_000, oldOnly);
    expect(cluster.notes).toContainEqual({ node: 's1', code: 'stepped-down' });
    expect(cluster.leader()).toBeNull();
    expect(cluster.state('s1').configuration).toEqual(joint(['s1', 's2', 's3'], ['s1', 's4', 's5']));
  });

  it('whoever leads next finishes the change that it finds', () => {
    const cluster = new TestCluster(5, {}, 1, 3);
    cluster.elect('s1');
    cluster.reconfigure('s1', 's2', 's4', 's5');
    cluster.pass(200, exceptC_new);
    expect(cluster.state('s1').configuration).toEqual(stable('s2', 's4', 's5'));
    cluster.crash('s1');
    cluster.pass(2_000);
    const leader = cluster.leader();
    expect(leader).not.toBeNull();
    expect(cluster.state(leader ?? '').configuration).toEqual(stable('s2', 's4', 's5'));
  });
});

describe('learners (dissertation 4.2.1)', () => {
  const learning: Configuration = { voters: ['a', 'b', 'c'], incoming: null, learners: ['d', 'e'] };

  it('are never counted', () => {
    const state = holding(learning, { preVote: false });
    timeout(state, 'election');
    persisted(state, state.durability.lastWrite);
    for (const from of ['d', 'e']) deliver(state, from, granted(2));
    expect(state.role.name).toBe('candidate');
    deliver(state, 'b', granted(2));
    persisted(state, state.durability.lastWrite);
    for (const from of ['d', 'e']) deliver(state, from, accepted(2, 2));
    expect(state.commitIndex).toBe(0);
    deliver(state, 'c', accepted(2, 2));
    expect(state.commitIndex).toBe(2);
  });

  it('start no election, and vote when they are asked: they may be voters by now', () => {
    const state = server({ currentTerm: 1, voters: ['b', 'c'] });
    deliver(state, 'b', append([entry(1, { voters: ['b', 'c'], incoming: null, learners: ['a'] })]), 0);
    expect(timeout(state, 'election')).toEqual([]);
    const lastLog = { lastLogIndex: 1, lastLogTerm: 1, leadershipTransfer: false };
    deliver(state, 'c', { type: 'requestVote', term: 2, ...lastLog });
    expect(state).toMatchObject({ currentTerm: 2, votedFor: 'c' });
  });

  it('a node that the run did not begin with waits, idle, until it is made a voter', () => {
    const cluster = new TestCluster(4, {}, 1, 3);
    cluster.pass(5_000);
    expect(cluster.state('s4')).toMatchObject({ role: { name: 'follower' }, currentTerm: 0 });
  });

  it('one that takes a whole election timeout for a round gets another round, over what came meanwhile', () => {
    const state = lead(server({ voters: ['a', 'b', 'c'] }));
    deliver(state, 'b', accepted(1, 1));
    deliver(state, 'z', reconfigure(7, 'a', 'b', 'd'));
    persisted(state, state.durability.lastWrite);
    deliver(state, 'b', accepted(2, 1));
    deliver(state, 'd', accepted(2, 1), nowMs + 1_000);
    expect(state.role).toMatchObject({ change: { newcomers: [{ node: 'd', round: 2, isCaughtUp: false }] } });
    deliver(state, 'd', accepted(2, 1), nowMs + 1_001);
    expect(state.configuration).toEqual(joint(['a', 'b', 'c'], ['a', 'b', 'd']));
  });

  it('one that takes too many rounds is given up', () => {
    const state = lead(server({ voters: ['a', 'b', 'c'] }, { catchUpRoundsMax: 3 }));
    deliver(state, 'b', accepted(1, 1));
    deliver(state, 'z', reconfigure(7, 'a', 'b', 'd'));
    persisted(state, state.durability.lastWrite);
    deliver(state, 'b', accepted(2, 1));
    const answers = [1, 2, 3].map((round) => deliver(state, 'd', accepted(2, 1), nowMs + 1_000 * round));
    expect(answers.map((effects) => notes(effects).map(({ code }) => code))).toEqual([
      [],
      [],
      ['learner-too-slow', 'configuration-entered'],
    ]);
  });

  it('a newcomer that never answers is given up: the voters stay, and the next change may begin', () => {
    const cluster = new TestCluster(5, { catchUpTimeoutMs: 2_000 }, 1, 3);
    cluster.elect('s1');
    cluster.crash('s4');
    const dead = cluster.reconfigure('s1', 's1', 's2', 's4');
    cluster.pass(3_000);
    expect(cluster.answers).toContainEqual({ request: dead, status: 'refused', reason: 'not-caught-up' });
    expect(cluster.state('s1').configuration).toEqual(stable('s1', 's2', 's3'));
    const next = cluster.reconfigure('s1', 's1', 's2', 's5');
    cluster.pass(1_000);
    expect(cluster.answers).toContainEqual({ request: next, status: 'ok', result: new Uint8Array() });
  });

  it('one that the log no longer reaches gets a snapshot first', () => {
    const cluster = new TestCluster(4, { snapshotEveryEntries: 5, snapshotTrailingEntries: 0 }, 1, 3);
    cluster.elect('s1');
    for (let i = 0; i < 20; i++) {
      cluster.propose('s1', `${i}`);
      cluster.settle();
    }
    const request = cluster.reconfigure('s1', 's1', 's2', 's3', 's4');
    cluster.pass(1_000);
    expect(cluster.answers).toContainEqual({ request, status: 'ok', result: new Uint8Array() });
    expect(cluster.state('s4').snapshot).not.toBeNull();
    expect(cluster.state('s4').configuration).toEqual(stable('s1', 's2', 's3', 's4'));
  });

  it('joins a cluster of which none of the first voters is left', () => {
    const cluster = new TestCluster(6, {}, 1, 2);
    cluster.elect('s1');
    cluster.reconfigure('s1', 's3', 's4');
    cluster.pass(1_000);
    for (const id of ['s1', 's2']) cluster.crash(id);
    cluster.pass(1_000);
    const request = cluster.reconfigure(cluster.leader() ?? '', 's3', 's4', 's5');
    cluster.pass(1_000);
    expect(cluster.answers).toContainEqual({ request, status: 'ok', result: new Uint8Array() });
    expect(cluster.state('s5').configuration).toEqual(stable('s3', 's4', 's5'));
  });
});

describe('what a server shows of its configuration', () => {
  it('voters and learners, and the incoming voters while two configurations overlap', () => {
    const learning = raftServer.observe(holding({ voters: ['a', 'b'], incoming: null, learners: ['c'] }));
    expect(learning).toMatchObject({ voters: ['a', 'b'], learners: ['c'] });
    expect(learning.incoming).toBeUndefined();
    const overlapping = raftServer.observe(holding(joint(['a', 'b'], ['b', 'c'])));
    expect(overlapping).toMatchObject({ voters: ['a', 'b'], incoming: ['b', 'c'], learners: [] });
  });
});

describe('removal', () => {
  it('a leader that is not in C_new leads until it is committed, not counting itself, and hands over', () => {
    const cluster = new TestCluster(3);
    cluster.elect('s1');
    const request = cluster.reconfigure('s1', 's2', 's3');
    cluster.pass(300);
    expect(cluster.answers).toContainEqual({ request, status: 'ok', result: new Uint8Array() });
    expect(['s2', 's3']).toContain(cluster.leader());
    expect(cluster.notes.map(({ code }) => code)).toContain('timeout-now');
  });

  it('its own copy is not enough for C_new', () => {
    const state = lead(server({ voters: ['a', 'b', 'c'] }));
    deliver(state, 'b', accepted(1, 1));
    deliver(state, 'z', reconfigure(7, 'b', 'c'));
    persisted(state, state.durability.lastWrite);
    for (const from of ['b', 'c']) deliver(state, from, accepted(2, 1));
    persisted(state, state.durability.lastWrite);
    expect(state.configuration).toEqual(stable('b', 'c'));
    deliver(state, 'b', accepted(3, 1));
    expect(state.commitIndex).toBe(2);
    deliver(state, 'c', accepted(3, 1));
    expect(state.commitIndex).toBe(3);
  });

  it('a leader that cannot hand over steps down after an election timeout', () => {
    const cluster = new TestCluster(3, { checkQuorum: false });
    cluster.elect('s1');
    cluster.reconfigure('s1', 's2', 's3');
    const noTimeoutNow = ({ message }: Flight): boolean => message.type !== 'timeoutNow';
    cluster.pass(1_500, noTimeoutNow);
    expect(cluster.state('s1').role.name).toBe('follower');
    expect(['s2', 's3']).toContain(cluster.leader());
  });

  it('a removed node hears that it is, and starts no election', () => {
    const cluster = new TestCluster(3);
    cluster.elect('s1');
    cluster.reconfigure('s1', 's1', 's2');
    cluster.pass(500);
    const { currentTerm } = cluster.state('s1');
    cluster.pass(5_000);
    expect(cluster.state('s3')).toMatchObject({
      role: { name: 'follower' },
      configuration: stable('s1', 's2'),
    });
    expect(cluster.state('s1')).toMatchObject({ role: { name: 'leader' }, currentTerm });
  });

  it.each([true, false])(
    'a removed node can’t disturb, even one that never heard of it (PreVote %s)',
    (preVote) => {
      const cluster = new TestCluster(4, { preVote });
      cluster.elect('s1');
      cluster.reconfigure('s1', 's1', 's2', 's3');
      cluster.pass(1_000, between('s4'));
      expect(cluster.state('s1').configuration).toEqual(stable('s1', 's2', 's3'));
      const { currentTerm } = cluster.state('s1');
      cluster.pass(10_000);
      expect(cluster.state('s4').configuration).toEqual(stable('s1', 's2', 's3', 's4'));
      expect(cluster.state('s1')).toMatchObject({ role: { name: 'leader' }, currentTerm });
    },
  );

  it('a server that is not in its newest configuration stands while nobody else can lead (4.2.2)', () => {
    const cluster = new TestCluster(2);
    cluster.elect('s1');
    cluster.reconfigure('s1', 's2');
    cluster.settle(exceptC_new);
    expect(cluster.state('s1').configuration).toEqual(stable('s2'));
    expect(cluster.state('s2').configuration).toEqual(joint(['s1', 's2'], ['s2']));
    cluster.crash('s1');
    cluster.restart('s1');
    cluster.pass(3_000);
    expect(cluster.leader()).toBe('s2');
    expect(cluster.state('s2').configuration).toEqual(stable('s2'));
  });

  it('a node that was removed may come back', () => {
    const cluster = new TestCluster(3);
    cluster.elect('s1');
    cluster.reconfigure('s1', 's1', 's2');
    cluster.pass(500);
    cluster.propose('s1', 'meanwhile');
    const request = cluster.reconfigure('s1', 's1', 's2', 's3');
    cluster.pass(1_000);
    expect(cluster.answers).toContainEqual({ request, status: 'ok', result: new Uint8Array() });
    expect(cluster.state('s3').configuration).toEqual(stable('s1', 's2', 's3'));
  });
});

describe('snapshots and configurations', () => {
  it('a snapshot carries the configuration of its index, not one that the log holds behind it', () => {
    const state = server(
      { currentTerm: 1, voters: ['a', 'b', 'c'] },
      { snapshotEveryEntries: 2, snapshotTrailingEntries: 0 },
    );
    const passed = joint(['a', 'b', 'c'], ['a', 'd']);
    const entries = [entry(1, passed), command(1), entry(1, stable('a', 'd'))];
    deliver(state, 'b', append(entries, { leaderCommit: 2 }));
    persisted(state, 1);
    const outcomes = [1, 2].map((index) => ({ index, result: new Uint8Array() }));
    const effects = step(state, { type: 'executed', now: nowMs, outcomes, digest: '' });
    expect(effects).toMatchObject([
      {
        type: 'takeSnapshot',
        index: 2,
        meta: { configuration: { term: 1, index: 1, configuration: passed } },
      },
    ]);
  });

  it('a joint one is in force again after a restart from such a snapshot, and the log goes on from it', () => {
    const passed = joint(['a', 'b', 'c'], ['a', 'd']);
    const configuration = { term: 1, index: 1, configuration: passed };
    const meta = { lastIncludedTerm: 1, configuration, compactedIndex: 2, compactedTerm: 1 };
    const disk = {
      values: { hardState: { currentTerm: 1, votedFor: null } },
      log: [{ index: 3, value: entry(1, stable('a', 'd')) }],
      snapshot: { index: 2, meta },
    };
    const state = server({ voters: ['a', 'b', 'c'] });
    step(state, { type: 'start', now: nowMs, disk });
    expect(state.configuration).toEqual(stable('a', 'd'));
    deliver(state, 'b', append([command(2)], { term: 2, prevLogIndex: 2, prevLogTerm: 1, leaderCommit: 2 }));
    expect(state.configuration).toEqual(passed);
  });

  it('an installed one puts its own in force, and keeps those that the log holds behind it', () => {
    const state = server({ currentTerm: 1, voters: ['a', 'b', 'c'] });
    deliver(state, 'b', append([command(1), command(1), entry(1, stable('a', 'e'))]));
    persisted(state, 1);
    const configuration = { term: 1, index: 2, configuration: stable('a', 'd') };
    const message: RaftMessage = {
      type: 'installSnapshot',
      term: 1,
      lastIncludedIndex: 2,
      lastIncludedTerm: 1,
      configuration,
    };
    step(state, { type: 'deliver', now: nowMs, from: 'b', message, snapshot: 1 });
    step(state, { type: 'snapshotInstalled', now: nowMs, index: 2 });
    expect(state.configuration).toEqual(stable('a', 'e'));
    deliver(state, 'b', append([command(2)], { term: 2, prevLogIndex: 2, prevLogTerm: 1 }));
    expect(state.configuration).toEqual(stable('a', 'd'));
  });
});

describe('clients of a cluster whose voters have changed (dissertation 6.1)', () => {
  it('are told who serves now when they know an older configuration, and by those who only pass requests on', () => {
    const state = holding(stable('a', 'd'));
    const requests = [{ request: 1, mode: 'write' as const, body: new Uint8Array() }];
    const about = { client: 'z', hops: 0, configuration: { term: 0, index: 0 } };
    const effects = deliver(state, 'z', { type: 'clientRequests', ...about, requests });
    expect(sent(effects)).toContainEqual({
      to: 'z',
      message: { type: 'clusterServers', configuration: { term: 1, index: 1 }, servers: ['a', 'd'] },
    });
    const known = { ...about, configuration: { term: 1, index: 1 } };
    expect(sent(deliver(state, 'z', { type: 'clientRequests', ...known, requests }))).toMatchObject([
      { message: { type: 'clientRequests' } },
    ]);
  });
});
