import type { Mutant } from '../mutant.js';

const follower = 'consensus/raft/follower';
const step = 'consensus/raft/step';

/** Section 5.3: logs that agree, and what a follower may say of its own. */
export const replication: readonly Mutant[] = [
  {
    name: 'append-without-consistency-check',
    breaks:
      'A follower refuses entries whose predecessor it does not hold with the same term (5.3, rule 2 of AppendEntries).',
    edits: [
      {
        file: follower,
        find: 'if (conflictTerm === prevLogTerm) return null;',
        replace: 'if (conflictTerm !== undefined) return null;',
      },
    ],
    nodes: 3,
    seedsMax: 140,
    foundBy: ['log-matching'],
  },
  {
    name: 'keep-conflicting-entries',
    breaks:
      'An entry that conflicts with a new one is deleted, and all that follow it (5.3, rule 3 of AppendEntries).',
    edits: [
      {
        file: follower,
        find: 'logs.termAt(log, prevLogIndex + known + 1) === entries[known]?.term',
        replace: 'logs.termAt(log, prevLogIndex + known + 1) !== null',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['commit-needs-quorum', 'promise-needs-disk', 'log-matching', 'state-machine-safety'],
  },
  {
    name: 'truncate-always',
    breaks:
      'Only a conflict cuts the log: an old message says nothing of what lies behind its entries (5.3, rule 3).',
    edits: [
      {
        file: follower,
        find: 'if (known === entries.length) return 0;',
        replace:
          'if (known === entries.length) { const end = prevLogIndex + known; if (end >= commitIndex && end < logs.lastIndex(log)) truncateLog(step, end + 1); return 0; }',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['commit-needs-quorum', 'leader-completeness'],
  },
  {
    name: 'ack-before-durable',
    breaks: 'A follower acknowledges entries once they are on stable storage (Figure 2).',
    edits: [
      {
        file: follower,
        find: 'promise(step, from, { ...response, term: state.currentTerm }, write);',
        replace: 'promise(step, from, { ...response, term: state.currentTerm });',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['promise-needs-disk'],
  },
  {
    name: 'ack-repeated-entries-at-once',
    breaks: 'Entries that come again while they are being written are acknowledged no sooner (Figure 2).',
    edits: [
      {
        file: follower,
        find: 'const matchIndex = write > 0 ? matched : Math.min(matched, state.durability.durableIndex);',
        replace: 'const matchIndex = matched;',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['promise-needs-disk'],
  },
  {
    name: 'ack-the-whole-log',
    breaks: 'A follower acknowledges what the message showed to agree, not all that it holds (5.3).',
    edits: [
      {
        file: follower,
        find: 'const matchIndex = write > 0 ? matched : Math.min(matched, state.durability.durableIndex);',
        replace: 'const matchIndex = write > 0 ? matched : state.durability.durableIndex;',
      },
    ],
    nodes: 3,
    seedsMax: 570,
    foundBy: ['commit-needs-quorum'],
  },
  {
    name: 'count-cut-entries-as-durable',
    breaks: 'What was cut off the log is not durable any more (Figure 2).',
    edits: [
      {
        file: step,
        find: 'durability.durableIndex = Math.min(durability.durableIndex, index - 1);',
        replace: '',
      },
    ],
    nodes: 3,
    seedsMax: 550,
    foundBy: ['promise-needs-disk', 'commit-needs-quorum'],
  },
  {
    name: 'count-cut-writes-as-durable',
    breaks: 'A write of entries that were cut off meanwhile makes none of the newer ones durable (Figure 2).',
    edits: [
      {
        file: step,
        find: 'for (const unstable of durability.unstable) unstable.lastIndex = Math.min(unstable.lastIndex, index - 1);',
        replace: '',
      },
    ],
    nodes: 3,
    seedsMax: 200,
    foundBy: ['promise-needs-disk', 'commit-needs-quorum'],
  },
  {
    name: 'leader-cuts-its-log',
    breaks: 'A leader never deletes entries of its log, committed or not (5.3).',
    edits: [
      {
        file: 'consensus/raft/leader',
        find: 'heartbeatTimer, note, respond,',
        replace: 'heartbeatTimer, note, truncateLog, respond,',
      },
      {
        file: 'consensus/raft/leader',
        find: 'if (options.leaseReads) beginRound(step, leader);',
        replace: `if (options.leaseReads) beginRound(step, leader);
          if (logs.lastIndex(state.log) > state.commitIndex) truncateLog(step, state.commitIndex + 1);`,
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['leader-append-only'],
  },
];
