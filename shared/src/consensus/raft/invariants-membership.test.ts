import { describe, expect, it } from 'vitest';
import type { NodeId, Reign } from '../../core/index.js';
import type { Configuration } from './configuration.js';
import type { LogEntry } from './log.js';
import type { SnapshotMeta } from './state.js';
import { command, tick, Watched, watchedVoters } from './testing/index.js';

const stable = (voters: readonly NodeId[], learners: readonly NodeId[] = []): Configuration => ({
  voters,
  incoming: null,
  learners,
});
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

/** `a` leads term 1, and its first entry is committed. */
function leading(): Watched {
  const watched = new Watched();
  watched.lead('a', 1);
  for (const node of watchedVoters) watched.append(node, [command(1)]);
  expect(watched.commit('a', 1)).toBeNull();
  return watched;
}

describe('the checker of Raft’s rules, while voters change', () => {
  it('election-needs-quorum: a leader with the votes of a minority', () => {
    expect(new Watched().lead('a', 1, ['a'])).toBe('election-needs-quorum');
    expect(new Watched().lead('a', 1, ['a', 'c'])).toBeNull();
  });

  it('election-needs-quorum: one with a majority of the old voters alone, while two configurations overlap', () => {
    const watched = new Watched();
    watched.append('a', [entry(1, joint(['a', 'b', 'c'], ['a', 'd', 'e']))]);
    expect(watched.lead('a', 2, ['a', 'b', 'c'])).toBe('election-needs-quorum');
  });

  it('commit-needs-quorum: learners are not counted', () => {
    const watched = leading();
    expect(watched.append('a', [entry(1, stable(['a', 'b', 'c'], ['d']))])).toBeNull();
    watched.append('d', [command(1), entry(1, stable(['a', 'b', 'c'], ['d']))]);
    expect(watched.commit('a', 2)).toBe('commit-needs-quorum');
  });

  it('commit-needs-quorum: a majority of the new is needed as well as one of the old', () => {
    const watched = leading();
    const change = entry(1, joint(['a', 'b', 'c'], ['d', 'e']));
    expect(watched.append('a', [change])).toBeNull();
    watched.append('b', [change]);
    expect(watched.commit('a', 2)).toBe('commit-needs-quorum');
  });

  it('configuration-in-force: a server that goes on by the one before', () => {
    const watched = leading();
    watched.append('b', [entry(1, stable(['a', 'b']))]);
    watched.state('b').configuration = stable(['a', 'b', 'c']);
    expect(watched.see('b')).toBe('configuration-in-force');
  });

  it('configuration-in-force: a snapshot that carries a later one than its index has', () => {
    const watched = leading();
    const later = { term: 1, index: 2, configuration: stable(['a', 'b']) };
    watched.append('b', [entry(1, later.configuration)]);
    const meta: SnapshotMeta = {
      lastIncludedTerm: 1,
      configuration: later,
      compactedIndex: 0,
      compactedTerm: 0,
    };
    expect(watched.see('b', tick, [{ type: 'takeSnapshot', index: 1, meta, ops: [] }])).toBe(
      'configuration-in-force',
    );
  });

  it('one-change-at-a-time: a configuration behind one that is not committed', () => {
    const watched = leading();
    const passed = joint(['a', 'b', 'c'], ['a', 'b']);
    expect(watched.append('a', [entry(1, passed)])).toBeNull();
    expect(watched.append('a', [entry(1, stable(['a', 'b']))])).toBe('one-change-at-a-time');
  });

  it('change-needs-own-commit: a configuration before an entry of the leader’s own term is committed', () => {
    const watched = leading();
    watched.lead('b', 2);
    expect(watched.append('b', [entry(2, joint(['a', 'b', 'c'], ['a', 'b']))])).toBe(
      'change-needs-own-commit',
    );
  });

  it('joint-first: other voters at once', () => {
    expect(leading().append('a', [entry(1, stable(['a', 'b']))])).toBe('joint-first');
  });

  it('joint-first: a C_new that is not the one that was agreed on', () => {
    const watched = leading();
    const passed = entry(1, joint(['a', 'b', 'c'], ['a', 'b']));
    for (const node of watchedVoters) watched.append(node, [passed]);
    expect(watched.commit('a', 2)).toBeNull();
    expect(watched.append('a', [entry(1, stable(['a', 'c']))])).toBe('joint-first');
  });
});
