import type { Mutant } from '../mutant.js';

const configuration = 'consensus/raft/configuration';
const leader = 'consensus/raft/leader';
const step = 'consensus/raft/step';

/** Sections 5.3 and 5.4.2: what is committed, and what is applied. */
export const commitment: readonly Mutant[] = [
  {
    name: 'commit-old-term-by-count',
    breaks: 'Only entries of the own term are committed by counting (5.4.2, Figure 8).',
    edits: [
      {
        file: leader,
        find: 'if (index <= state.commitIndex || logs.termAt(log, index) !== term) return;',
        replace: 'if (index <= state.commitIndex) return;',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['commit-needs-quorum'],
  },
  {
    name: 'commit-one-copy-short',
    breaks: 'An entry is committed once a majority holds it (5.3).',
    edits: [
      {
        file: configuration,
        find: 'return reachedBy(nodes.map(value), majority(nodes.length));',
        replace: 'return reachedBy(nodes.map(value), Math.max(1, majority(nodes.length) - 1));',
      },
    ],
    nodes: 5,
    seedsMax: 20,
    foundBy: ['commit-needs-quorum'],
  },
  {
    name: 'count-own-unwritten-entries',
    breaks: "The leader's own copy counts once it is on its own disk (dissertation 10.2.1).",
    edits: [
      {
        file: leader,
        find: 'node === self ? durability.durableIndex : progressOf(leader, node).matchIndex',
        replace: 'node === self ? logs.lastIndex(log) : progressOf(leader, node).matchIndex',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['commit-needs-quorum'],
  },
  {
    name: 'commit-beyond-the-last-new-entry',
    breaks:
      "A follower's commit index goes no further than the entries that the message showed to agree (Figure 2, rule 5).",
    edits: [
      {
        file: 'consensus/raft/follower',
        find: 'const commitIndex = Math.min(leaderCommit, matched);',
        replace: 'const commitIndex = Math.min(leaderCommit, logs.lastIndex(state.log));',
      },
    ],
    nodes: 3,
    seedsMax: 130,
    foundBy: ['state-machine-safety'],
  },
  {
    name: 'apply-before-commit',
    breaks: 'A server applies only what is committed (5.3).',
    edits: [
      {
        file: step,
        find: 'state.commitIndex <= state.handedIndex) return;',
        replace: 'logs.lastIndex(state.log) <= state.handedIndex) return;',
      },
      {
        file: step,
        find: 'index <= state.commitIndex; index++',
        replace: 'index <= logs.lastIndex(state.log); index++',
      },
      {
        file: step,
        find: 'state.handedIndex = state.commitIndex;',
        replace: 'state.handedIndex = logs.lastIndex(state.log);',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['index-order', 'state-machine-safety'],
  },
];
