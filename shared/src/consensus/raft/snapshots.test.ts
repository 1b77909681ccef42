import { describe, expect, it } from 'vitest';
import { emptyDisk } from '../../core/index.js';
import { configurationOf, firstConfiguration } from './configuration.js';
import { lastIndex } from './log.js';
import type { InstallSnapshot } from './messages.js';
import { raftServer } from './raft.js';
import type { RaftState } from './state.js';
import {
  acts,
  command,
  deliver,
  nowMs,
  persisted,
  sent,
  server,
  step,
  TestCluster,
  timeout,
} from './testing/index.js';

const voters = ['a', 'b', 'c', 'd', 'e'];
const install = (lastIncludedIndex: number, lastIncludedTerm: number, term = 3): InstallSnapshot => ({
  type: 'installSnapshot',
  term,
  lastIncludedIndex,
  lastIncludedTerm,
  configuration: { ...firstConfiguration, configuration: configurationOf(voters) },
});
const arrive = (state: RaftState, message: InstallSnapshot, snapshot = 1) =>
  step(state, { type: 'deliver', now: nowMs, from: 'b', message, snapshot });
const installed = (state: RaftState, index: number) =>
  step(state, { type: 'snapshotInstalled', now: nowMs, index });
const metaOf = (index: number, term: number) => ({
  lastIncludedTerm: term,
  configuration: { ...firstConfiguration, configuration: configurationOf(voters) },
  compactedIndex: index,
  compactedTerm: term,
});

describe('taking snapshots (section 7)', () => {
  const applied = (options: object) => {
    const state = server({ currentTerm: 2, terms: [1, 1, 2, 2, 2] }, options);
    deliver(state, 'b', {
      type: 'appendEntries',
      term: 2,
      prevLogIndex: 5,
      prevLogTerm: 2,
      entries: [],
      leaderCommit: 4,
      round: 0,
    });
    const outcomes = [1, 2, 3, 4].map((index) => ({ index, result: new Uint8Array() }));
    return { state, effects: step(state, { type: 'executed', now: nowMs, outcomes, digest: '' }) };
  };

  it('takes one of what is applied once enough has been added, and keeps a margin of entries for slow followers', () => {
    const { state, effects } = applied({ snapshotEveryEntries: 4, snapshotTrailingEntries: 2 });
    const meta = {
      lastIncludedTerm: 2,
      configuration: { ...firstConfiguration, configuration: configurationOf(voters) },
      compactedIndex: 2,
      compactedTerm: 1,
    };
    expect(effects).toEqual([
      { type: 'takeSnapshot', index: 4, meta, ops: [{ kind: 'compactTo', index: 2 }] },
    ]);
    expect(state.log.offset).toBe(0);
    step(state, { type: 'snapshotTaken', now: nowMs, index: 4 });
    expect(state.log).toMatchObject({ offset: 2, offsetTerm: 1, runs: [[3, 2]] });
    expect(state.snapshot).toEqual({ index: 4, meta });
  });

  it('takes none before', () => {
    expect(applied({ snapshotEveryEntries: 5 }).effects).toEqual([]);
  });

  it('takes none while entries that it was given are still being applied', () => {
    const state = server({ currentTerm: 2, terms: [1, 1, 2] }, { snapshotEveryEntries: 1 });
    deliver(state, 'b', {
      type: 'appendEntries',
      term: 2,
      prevLogIndex: 3,
      prevLogTerm: 2,
      entries: [],
      leaderCommit: 3,
      round: 0,
    });
    const outcomes = [{ index: 1, result: new Uint8Array() }];
    expect(step(state, { type: 'executed', now: nowMs, outcomes, digest: '' })).toEqual([]);
  });
});

describe('installing snapshots (Figure 13)', () => {
  it('a log that does not reach it is replaced, and the leader hears of it when it is durable', () => {
    const state = server({ currentTerm: 3, terms: [1, 1] });
    expect(acts(arrive(state, install(9, 3)))).toEqual([
      { type: 'setTimer', timer: 'election', afterMs: 150 },
      {
        type: 'installSnapshot',
        snapshot: 1,
        index: 9,
        meta: metaOf(9, 3),
        ops: [{ kind: 'truncateFrom', index: 1 }],
      },
    ]);
    expect(lastIndex(state.log)).toBe(2);
    expect(acts(installed(state, 9))).toEqual([
      { type: 'send', to: 'b', message: { type: 'installSnapshotResponse', term: 3, matchIndex: 9 } },
    ]);
    expect(state).toMatchObject({
      commitIndex: 9,
      appliedIndex: 9,
      handedIndex: 9,
      log: { offset: 9, entries: [] },
    });
  });

  it('"if existing log entry has same index and term as snapshot’s last included entry, retain log entries following it"', () => {
    const state = server({ currentTerm: 3, terms: [1, 2, 3, 3] });
    expect(arrive(state, install(2, 2)).find(({ type }) => type === 'installSnapshot')).toMatchObject({
      ops: [{ kind: 'compactTo', index: 2 }],
    });
    installed(state, 2);
    expect(state.log).toMatchObject({ offset: 2, offsetTerm: 2, entries: [command(3), command(3)] });
    expect(state.durability.durableIndex).toBe(4);
  });

  it('a log that disagrees with it is dropped whole', () => {
    const state = server({ currentTerm: 3, terms: [1, 1, 1, 1] });
    arrive(state, install(2, 2));
    installed(state, 2);
    expect(state.log).toMatchObject({ offset: 2, offsetTerm: 2, entries: [], runs: [] });
  });

  it('a stale snapshot, of what is committed already, is discarded and answered with what is held', () => {
    const state = server({ currentTerm: 3, terms: [1, 2, 3] });
    deliver(state, 'b', {
      type: 'appendEntries',
      term: 3,
      prevLogIndex: 3,
      prevLogTerm: 3,
      entries: [],
      leaderCommit: 3,
      round: 0,
    });
    expect(acts(arrive(state, install(2, 2), 8)).slice(1)).toEqual([
      { type: 'discardSnapshot', snapshot: 8 },
      { type: 'send', to: 'b', message: { type: 'installSnapshotResponse', term: 3, matchIndex: 3 } },
    ]);
    expect(state.installing).toBeNull();
  });

  it('a snapshot of a leader of an earlier term is discarded', () => {
    const state = server({ currentTerm: 4, terms: [1] });
    expect(acts(arrive(state, install(9, 3), 8))).toEqual([
      { type: 'discardSnapshot', snapshot: 8 },
      { type: 'send', to: 'b', message: { type: 'installSnapshotResponse', term: 4, matchIndex: 0 } },
    ]);
  });

  it('a damaged one changes nothing, and the next may come', () => {
    const state = server({ currentTerm: 3, terms: [1, 1] });
    arrive(state, install(9, 3));
    step(state, { type: 'snapshotRejected', now: nowMs, reason: 'digest' });
    expect(state).toMatchObject({ installing: null, commitIndex: 0, log: { offset: 0 } });
    expect(arrive(state, install(9, 3), 2).some(({ type }) => type === 'installSnapshot')).toBe(true);
  });

  it('while it is being installed the log is left alone, and no election is started', () => {
    const state = server({ currentTerm: 3, terms: [1, 1] });
    arrive(state, install(9, 3));
    const message = {
      type: 'appendEntries',
      term: 3,
      prevLogIndex: 2,
      prevLogTerm: 1,
      entries: [command(3)],
      leaderCommit: 3,
      round: 0,
    } as const;
    expect(sent(deliver(state, 'b', message))[0]?.message).toMatchObject({ success: false });
    expect(acts(timeout(state, 'election'))).toEqual([{ type: 'setTimer', timer: 'election', afterMs: 150 }]);
    expect(lastIndex(state.log)).toBe(2);
    expect(state.commitIndex).toBe(0);
  });
});

describe('a follower behind the leader’s log', () => {
  const options = { snapshotEveryEntries: 10, snapshotTrailingEntries: 2, checkQuorum: false };
  /** s3 is away while s1 commits and compacts far beyond what s3 holds. */
  const behind = () => {
    const cluster = new TestCluster(3, options);
    cluster.elect('s1');
    const away = ({ from, to }: { from: string; to: string }) => from !== 's3' && to !== 's3';
    for (let i = 0; i < 30; i++) {
      cluster.propose('s1', `${i}`);
      cluster.settle(away);
    }
    expect(cluster.state('s1').log.offset).toBeGreaterThan(10);
    // Who was just sent something is sent no heartbeat.
    cluster.nowMs += cluster.options.heartbeatMs;
    return cluster;
  };
  const sentCount = (cluster: TestCluster) =>
    cluster.notes.filter(({ code }) => code === 'snapshot-sent').length;

  it('gets the snapshot once, then entries, and ends up with all of it', () => {
    const cluster = behind();
    cluster.fire('s1', 'heartbeat');
    cluster.settle();
    expect(cluster.state('s3').snapshot?.index).toBe(cluster.state('s1').snapshot?.index);
    expect(sentCount(cluster)).toBe(1);
    cluster.propose('s1', 'after');
    cluster.settle();
    expect(cluster.state('s3').commitIndex).toBe(cluster.state('s1').commitIndex);
  });

  it('is sent it again when it was lost', () => {
    const cluster = behind();
    for (let i = 0; i < 2; i++) {
      cluster.fire('s1', 'heartbeat');
      cluster.settle(({ message }) => message.type !== 'installSnapshot');
      cluster.nowMs += cluster.options.heartbeatMs;
    }
    expect(sentCount(cluster)).toBe(2);
    cluster.pass(200);
    expect(cluster.state('s3').commitIndex).toBe(cluster.state('s1').commitIndex);
  });

  it('is sent one snapshot at a time, however often it is heard meanwhile', () => {
    const cluster = behind();
    const stuck = ({ message }: { message: { type: string } }) => message.type !== 'installSnapshot';
    cluster.fire('s1', 'heartbeat');
    for (;;) {
      cluster.flush();
      const flight = cluster.flights.find(stuck);
      if (flight === undefined) break;
      cluster.deliver(flight);
    }
    for (let i = 0; i < 5; i++) {
      cluster.fire('s1', 'heartbeat');
      cluster.propose('s1', `meanwhile ${i}`);
      for (const flight of cluster.flights.filter(stuck)) cluster.deliver(flight);
      cluster.flush();
    }
    expect(cluster.flights.filter((flight) => !stuck(flight))).toHaveLength(1);
    expect(sentCount(cluster)).toBe(1);
  });

  it('is probed anew when it has received a snapshot and never says that it has installed it', () => {
    const state = cluster3Leader();
    const before = sent(timeout(state, 'heartbeat', nowMs + 1_000)).find(({ to }) => to === 'b');
    expect(before?.message).toMatchObject({ type: 'appendEntries', prevLogIndex: 5 });
    expect(modeOf(state)).toBe('snapshot');
    timeout(state, 'heartbeat', nowMs + 2_500);
    expect(modeOf(state)).toBe('probe');
  });
});

/** Leads with a log that begins behind 5; `b` has received its snapshot at `nowMs`. */
function cluster3Leader(): RaftState {
  const state = raftServer.create({
    self: 'a',
    run: 'run',
    voters: ['a', 'b', 'c'],
    options: server().options,
    seed: 1,
  });
  const disk = {
    values: { hardState: { currentTerm: 2, votedFor: null } },
    log: [{ index: 6, value: command(2) }],
    snapshot: {
      index: 5,
      meta: {
        ...metaOf(5, 1),
        configuration: { ...firstConfiguration, configuration: configurationOf(['a', 'b', 'c']) },
      },
    },
  };
  raftServer.step(state, { type: 'start', now: nowMs, disk });
  timeout(state, 'election');
  deliver(state, 'c', { type: 'requestPreVoteResponse', term: 2, requestTerm: 2, voteGranted: true });
  persisted(state, 1);
  deliver(state, 'c', { type: 'requestVoteResponse', term: 3, voteGranted: true });
  const rejection = {
    type: 'appendEntriesResponse',
    success: false,
    term: 3,
    conflictTerm: null,
    round: 0,
  } as const;
  const effects = deliver(state, 'b', { ...rejection, prevLogIndex: 6, conflictIndex: 1 });
  expect(effects.filter(({ type }) => type === 'sendSnapshot')).toHaveLength(1);
  step(state, { type: 'snapshotSent', now: nowMs, to: 'b', ok: true });
  deliver(
    state,
    'c',
    { type: 'appendEntriesResponse', success: true, term: 3, matchIndex: 7, round: 0 },
    nowMs + 2_400,
  );
  return state;
}

function modeOf(state: RaftState): string | undefined {
  return state.role.name === 'leader' ? state.role.progress['b']?.mode : undefined;
}

describe('recovery (Figure 2: persistent state)', () => {
  it('starts from snapshot, log, term and vote, and at the snapshot’s commit index', () => {
    const cluster = new TestCluster(3, { snapshotEveryEntries: 5, snapshotTrailingEntries: 2 });
    cluster.elect('s1');
    for (let i = 0; i < 8; i++) {
      cluster.propose('s1', `${i}`);
      cluster.settle();
    }
    const before = cluster.state('s2');
    cluster.crash('s2');
    cluster.restart('s2');
    const after = cluster.state('s2');
    expect(after).toMatchObject({
      currentTerm: before.currentTerm,
      votedFor: before.votedFor,
      log: before.log,
      snapshot: before.snapshot,
      commitIndex: before.snapshot?.index,
      appliedIndex: before.snapshot?.index,
      role: { name: 'follower' },
      leader: null,
    });
    cluster.pass(1_000);
    expect(cluster.state('s2').commitIndex).toBe(cluster.state('s1').commitIndex);
  });

  it('a torn tail after a crash: entries that were not acknowledged may be missing, and come again', () => {
    const cluster = new TestCluster(3);
    cluster.elect('s1');
    cluster.propose('s1', 'kept');
    cluster.settle();
    cluster.propose('s1', 'torn');
    for (const flight of [...cluster.flights]) cluster.deliver(flight);
    // s2 has the entry in memory and no acknowledgement has left it.
    expect(lastIndex(cluster.state('s2').log)).toBe(3);
    expect(cluster.flights).toEqual([]);
    cluster.crash('s2');
    cluster.restart('s2');
    expect(lastIndex(cluster.state('s2').log)).toBe(2);
    cluster.pass(500);
    expect(lastIndex(cluster.state('s2').log)).toBe(lastIndex(cluster.state('s1').log));
  });

  it('a disk that Raft never wrote is an error that says so', () => {
    const start = (disk: object) => {
      const state = server();
      return () => raftServer.step(state, { type: 'start', now: nowMs, disk: { ...emptyDisk, ...disk } });
    };
    expect(start({ values: { hardState: { currentTerm: -1, votedFor: null } } })).toThrow();
    expect(start({ log: [{ index: 1, value: { term: 1, kind: 'strange' } }] })).toThrow();
    expect(start({ log: [{ index: 2, value: command(1) }] })).toThrow('a log on disk has no gap');
  });

  it('an answer held back for a write is forgotten with it', () => {
    const state = server({ currentTerm: 1 });
    const effects = deliver(state, 'b', {
      type: 'requestVote',
      term: 1,
      lastLogIndex: 0,
      lastLogTerm: 0,
      leadershipTransfer: false,
    });
    expect(effects.filter((effect) => effect.type === 'send' && effect.after === undefined)).toEqual([]);
    persisted(state, 1);
    expect(state.durability.durableWrite).toBe(1);
  });
});
