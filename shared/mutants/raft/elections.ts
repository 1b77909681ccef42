import type { Mutant } from '../mutant.js';

const election = 'consensus/raft/election';
const recovery = 'consensus/raft/recovery';

/** Sections 5.1, 5.2 and 5.4.1: terms, votes, and who may win. */
export const elections: readonly Mutant[] = [
  {
    name: 'vote-twice',
    breaks: 'A server votes for at most one candidate in a term (5.2).',
    edits: [
      {
        file: election,
        find: "votedFor !== null && votedFor !== from ? 'already-voted' : logRefusal(step, message)",
        replace: 'logRefusal(step, message)',
      },
      { file: election, find: 'if (votedFor === null) {', replace: 'if (votedFor !== from) {' },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['one-vote-a-term', 'election-safety'],
  },
  {
    name: 'vote-for-any-log',
    breaks: 'A voter refuses a candidate whose log is less up-to-date than its own (5.4.1).',
    edits: [
      {
        file: election,
        find: "? 'already-voted' : logRefusal(step, message)",
        replace: "? 'already-voted' : null",
      },
    ],
    nodes: 3,
    seedsMax: 50,
    foundBy: ['leader-completeness'],
  },
  {
    name: 'vote-by-last-term-alone',
    breaks: 'Of two logs that end in the same term the longer one is the more up-to-date (5.4.1).',
    edits: [
      {
        file: 'consensus/raft/log',
        find: 'otherLastTerm > ownTerm || (otherLastTerm === ownTerm && otherLastIndex >= lastIndex(log))',
        replace: 'otherLastTerm >= ownTerm',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['leader-completeness'],
  },
  {
    name: 'vote-by-length-alone',
    breaks: 'Of two logs the one that ends in the later term is the more up-to-date, however long (5.4.1).',
    edits: [
      {
        file: 'consensus/raft/log',
        find: 'otherLastTerm > ownTerm || (otherLastTerm === ownTerm && otherLastIndex >= lastIndex(log))',
        replace: 'otherLastIndex >= lastIndex(log)',
      },
    ],
    nodes: 3,
    seedsMax: 550,
    foundBy: ['leader-completeness'],
  },
  {
    name: 'forget-vote-on-restart',
    breaks:
      'A restarted server still has the vote that it gave in its term (Figure 2: votedFor is persistent).',
    edits: [
      { file: recovery, find: 'state.votedFor = hardState.votedFor;', replace: 'state.votedFor = null;' },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['one-vote-a-term'],
  },
  {
    name: 'forget-term-on-restart',
    breaks: 'A restarted server still has its term (Figure 2: currentTerm is persistent).',
    edits: [
      {
        file: recovery,
        find: 'state.currentTerm = hardState.currentTerm;',
        replace: 'state.currentTerm = 0;',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['term-never-back'],
  },
  {
    name: 'vote-before-durable',
    breaks: 'Term and vote are on stable storage before a message says so (Figure 2).',
    edits: [
      {
        file: 'consensus/raft/step',
        find: 'const after = Math.max(write, hardStateWrite);',
        replace: 'const after = write;',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['promise-needs-disk'],
  },
  {
    name: 'win-one-vote-short',
    breaks: 'A candidate wins with the votes of a majority (5.2).',
    edits: [
      {
        file: 'consensus/raft/configuration',
        find: 'return count >= majority(nodes.length);',
        replace: 'return count >= Math.max(1, majority(nodes.length) - 1);',
      },
    ],
    nodes: 5,
    seedsMax: 20,
    foundBy: ['election-needs-quorum', 'election-safety'],
  },
  {
    name: 'count-votes-of-an-earlier-term',
    breaks: 'An answer of an earlier term counts for nothing (5.1).',
    edits: [
      {
        file: 'consensus/raft/raft',
        find: 'if (message.term < state.currentTerm) return onStaleTerm',
        replace:
          "if (message.term < state.currentTerm && message.type !== 'requestVoteResponse') return onStaleTerm",
      },
    ],
    nodes: 3,
    seedsMax: 30,
    foundBy: ['election-needs-quorum', 'election-safety'],
  },
  {
    name: 'lead-on-in-a-later-term',
    breaks: 'A leader that sees a higher term becomes a follower (5.1).',
    edits: [
      {
        file: 'consensus/raft/follower',
        find: 'persistHardState(step); becomeFollower(step, null);',
        replace: "persistHardState(step); if (role.name !== 'leader') becomeFollower(step, null);",
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['election-needs-quorum', 'election-safety'],
  },
];
