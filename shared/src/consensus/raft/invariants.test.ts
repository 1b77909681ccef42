import { describe, expect, it } from 'vitest';
import { emptyDisk } from '../../core/index.js';
import { configurationOf, firstConfiguration } from './configuration.js';
import { rules } from './invariants.js';
import * as logs from './log.js';
import { command, nowMs, TestCluster, tick, Watched, watchedVoters } from './testing/index.js';

describe('the checker of Raft’s rules', () => {
  it('names each rule once, with a sentence', () => {
    expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
    for (const { sentence } of rules) expect(sentence).toMatch(/^[A-Zs].*\.$/);
  });

  it('has nothing against a cluster that keeps them', () => {
    const cluster = new TestCluster(3, { snapshotEveryEntries: 4, snapshotTrailingEntries: 1 });
    cluster.elect('s1');
    for (let i = 0; i < 20; i++) cluster.propose('s1', `${i}`);
    cluster.pass(500);
    cluster.crash('s1');
    cluster.pass(1_000);
    cluster.restart('s1');
    cluster.pass(1_000);
    expect(cluster.state('s1').commitIndex).toBeGreaterThan(20);
  });

  it('election-safety: two leaders of one term', () => {
    const watched = new Watched();
    expect(watched.lead('a', 2)).toBeNull();
    expect(watched.lead('b', 3)).toBeNull();
    expect(watched.lead('c', 2)).toBe('election-safety');
  });

  it('one-vote-a-term: another vote in the same term', () => {
    const watched = new Watched();
    Object.assign(watched.state('a'), { currentTerm: 1, votedFor: 'b' });
    expect(watched.see('a')).toBeNull();
    watched.state('a').votedFor = 'c';
    expect(watched.see('a')).toBe('one-vote-a-term');
  });

  it('one-vote-a-term: a durable vote forgotten by a restart', () => {
    const watched = new Watched();
    Object.assign(watched.state('a'), { currentTerm: 1, votedFor: 'b' });
    const value = { currentTerm: 1, votedFor: 'b' };
    watched.see('a', tick, [{ type: 'persist', write: 1, ops: [{ kind: 'set', key: 'hardState', value }] }]);
    watched.see('a', { type: 'persisted', now: nowMs, write: 1 });
    watched.checker.afterCrash('a');
    Object.assign(watched.state('a'), { currentTerm: 1, votedFor: 'c' });
    const disk = { ...emptyDisk, values: { hardState: value } };
    expect(watched.see('a', { type: 'start', now: nowMs, disk })).toBe('one-vote-a-term');
  });

  it('a vote that a crash took before it was durable may be given anew', () => {
    const watched = new Watched();
    Object.assign(watched.state('a'), { currentTerm: 1, votedFor: 'b' });
    watched.see('a');
    watched.checker.afterCrash('a');
    Object.assign(watched.state('a'), { currentTerm: 0, votedFor: null });
    expect(watched.see('a', { type: 'start', now: nowMs, disk: emptyDisk })).toBeNull();
    Object.assign(watched.state('a'), { currentTerm: 1, votedFor: 'c' });
    expect(watched.see('a')).toBeNull();
  });

  it('term-never-back: a lower term', () => {
    const watched = new Watched();
    watched.state('a').currentTerm = 4;
    expect(watched.see('a')).toBeNull();
    watched.state('a').currentTerm = 3;
    expect(watched.see('a')).toBe('term-never-back');
  });

  it('leader-append-only: a leader cuts its log', () => {
    const watched = new Watched();
    watched.append('a', [command(1), command(1)]);
    watched.lead('a', 2);
    logs.truncateFrom(watched.state('a').log, 2);
    expect(watched.see('a')).toBe('leader-append-only');
  });

  it('log-matching: another command under the same index and term', () => {
    const watched = new Watched();
    expect(watched.append('a', [command(1, 'x')])).toBeNull();
    expect(watched.append('b', [command(1, 'x')])).toBeNull();
    expect(watched.append('c', [command(1, 'y')])).toBe('log-matching');
  });

  it('log-matching: an equal entry behind a different one', () => {
    const watched = new Watched();
    watched.append('a', [command(1), command(3)]);
    watched.append('b', [command(2)]);
    expect(watched.append('b', [command(3)])).toBe('log-matching');
  });

  const committed = () => {
    const watched = new Watched();
    watched.lead('a', 1);
    watched.append('a', [command(1, 'x')]);
    watched.append('b', [command(1, 'x')]);
    expect(watched.commit('a', 1)).toBeNull();
    return watched;
  };

  it('leader-completeness: a later leader without a committed entry', () => {
    const watched = committed();
    expect(watched.lead('c', 2)).toBe('leader-completeness');
  });

  it('leader-completeness: the same, when the commit is seen only after the election', () => {
    const watched = new Watched();
    watched.lead('a', 1);
    watched.append('a', [command(1)]);
    watched.append('b', [command(1)]);
    expect(watched.lead('c', 2)).toBeNull();
    expect(watched.commit('a', 1)).toBe('leader-completeness');
  });

  it('state-machine-safety: another entry applied at the same index', () => {
    const watched = committed();
    watched.append('c', [command(2, 'y')]);
    expect(watched.commit('c', 1)).toBe('state-machine-safety');
  });

  it('state-machine-safety: an entry left out', () => {
    const watched = committed();
    const entries = [{ index: 2, reign: 1, command: null }];
    expect(watched.see('b', tick, [{ type: 'commit', entries }])).toBe('state-machine-safety');
  });

  it('commit-needs-quorum: an entry that no quorum holds durably', () => {
    const watched = new Watched();
    watched.lead('a', 1);
    watched.append('a', [command(1)]);
    watched.append('b', [command(1)], false);
    expect(watched.commit('a', 1)).toBe('commit-needs-quorum');
  });

  it('commit-needs-quorum: an entry of an earlier term, by counting', () => {
    const watched = new Watched();
    for (const node of watchedVoters) watched.append(node, [command(1)]);
    watched.lead('a', 2);
    expect(watched.commit('a', 1)).toBe('commit-needs-quorum');
  });

  it('commit-needs-quorum: a follower ahead of every leader', () => {
    const watched = committed();
    watched.append('b', [command(1)]);
    expect(watched.commit('b', 2)).toBe('commit-needs-quorum');
  });

  const ask = { type: 'requestVoteResponse', term: 1, voteGranted: true } as const;

  it('promise-needs-disk: a vote, a term or an acknowledgement that leaves too early', () => {
    const watched = new Watched();
    Object.assign(watched.state('a'), { currentTerm: 1, votedFor: 'b' });
    const value = { currentTerm: 1, votedFor: 'b' };
    const persist = { type: 'persist', write: 1, ops: [{ kind: 'set', key: 'hardState', value }] } as const;
    const vote = { type: 'send', to: 'b', message: ask } as const;
    expect(watched.see('a', tick, [persist, { ...vote, after: 1 }])).toBeNull();
    expect(watched.see('a', tick, [vote])).toBe('promise-needs-disk');
    watched.see('a', { type: 'persisted', now: nowMs, write: 1 });
    expect(watched.see('a', tick, [vote])).toBeNull();
    expect(watched.see('a', tick, [{ ...vote, to: 'c' }])).toBe('promise-needs-disk');
    const accepted = { type: 'appendEntriesResponse', success: true, term: 1, round: 0 } as const;
    const acknowledge = (matchIndex: number) =>
      watched.see('a', tick, [{ type: 'send', to: 'c', message: { ...accepted, matchIndex } }]);
    expect(acknowledge(0)).toBeNull();
    expect(acknowledge(1)).toBe('promise-needs-disk');
    watched.append('a', [command(1)]);
    expect(acknowledge(1)).toBeNull();
  });

  it('index-order: applied beyond committed, a snapshot beyond applied', () => {
    const watched = committed();
    watched.state('a').appliedIndex = 2;
    expect(watched.see('a')).toBe('index-order');
    const meta = {
      lastIncludedTerm: 1,
      configuration: { ...firstConfiguration, configuration: configurationOf(watchedVoters) },
      compactedIndex: 0,
      compactedTerm: 0,
    };
    watched.state('b').snapshot = { index: 1, meta };
    expect(watched.see('b')).toBe('index-order');
  });

  it('commit-never-back: a lower commit or applied index in one life, and not after a crash', () => {
    const watched = committed();
    watched.state('a').appliedIndex = 1;
    expect(watched.see('a')).toBeNull();
    watched.state('a').appliedIndex = 0;
    expect(watched.see('a')).toBe('commit-never-back');
    watched.checker.afterCrash('a');
    Object.assign(watched.state('a'), { role: { name: 'follower' }, commitIndex: 0, handedIndex: 0 });
    expect(watched.see('a', { type: 'start', now: nowMs, disk: emptyDisk })).toBeNull();
  });
});
