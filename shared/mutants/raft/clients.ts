import type { Mutant } from '../mutant.js';

const reads = 'consensus/raft/reads';
const lease = 'consensus/raft/lease';

/** Dissertation, chapter 6: reads, leases and sessions. */
export const clients: readonly Mutant[] = [
  {
    name: 'read-without-a-round',
    breaks: 'A leader answers a read once a quorum has shown that it still leads (dissertation 6.4).',
    edits: [
      {
        file: reads,
        find: 'if (leader.confirming.length === 0 || confirmed < leader.readRound) return;',
        replace: 'if (leader.confirming.length === 0) return;',
      },
    ],
    nodes: 3,
    seedsMax: 190,
    foundBy: ['linearizability'],
  },
  {
    name: 'read-before-the-first-commit',
    breaks: 'A leader answers no read before an entry of its own term is committed (8, dissertation 6.4).',
    edits: [
      {
        file: reads,
        find: 'return logs.termAt(log, commitIndex) === currentTerm;',
        replace: 'return currentTerm > 0;',
      },
    ],
    nodes: 3,
    seedsMax: 140,
    foundBy: ['linearizability'],
  },
  {
    name: 'confirm-by-an-earlier-round',
    breaks: 'A read waits for a round that began after it came (dissertation 6.4, step 3).',
    edits: [{ file: reads, find: 'leader.readRound = leader.round;', replace: 'leader.readRound = 1;' }],
    nodes: 3,
    seedsMax: 190,
    foundBy: ['linearizability'],
  },
  {
    name: 'lease-without-quorum',
    breaks:
      'A lease begins once a quorum has answered a round, not when the round is sent (dissertation 6.4.1).',
    edits: [
      {
        file: lease,
        find: 'leader.rounds.push({ round: leader.round, sentAt: step.now });',
        replace: `leader.rounds.push({ round: leader.round, sentAt: step.now });
          leader.leaseUntil = step.now + step.state.options.electionTimeoutMinMs;`,
      },
    ],
    nodes: 3,
    seedsMax: 340,
    foundBy: ['linearizability'],
  },
  {
    name: 'lease-longer-than-promised',
    breaks: 'A lease ends before the voters that gave it may help another (dissertation 6.4.1).',
    edits: [
      {
        file: lease,
        find: 'sentAt + electionTimeoutMinMs / (1 + clockDriftPercent / 100)',
        replace: 'sentAt + 10 * electionTimeoutMinMs / (1 + clockDriftPercent / 100)',
      },
    ],
    nodes: 3,
    seedsMax: 340,
    foundBy: ['linearizability'],
  },
  {
    name: 'duplicate-applied-again',
    breaks:
      'A command that comes again is answered like the first time, and not carried out again (8, dissertation 6.3).',
    edits: [
      {
        file: 'store/store',
        find: "return known.answer ?? encodeAnswer({ kind: 'bad-command', why: answered });",
        replace: 'return encodeAnswer(this.#carryOut(index, operation));',
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['linearizability'],
  },
  {
    name: 'retry-under-a-new-number',
    breaks: 'A client sends a command again under the number that it had (8, dissertation 6.3).',
    edits: [
      {
        file: 'consensus/raft/client',
        find: "if (request.mode === 'write' && request.sequence === 0) request.sequence",
        replace: "if (request.mode === 'write') request.sequence",
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['linearizability'],
  },
  {
    name: 'lease-kept-at-transfer',
    breaks: 'A leader gives up its lease before it sends TimeoutNow (dissertation 6.4.1).',
    edits: [
      {
        file: 'consensus/raft/transfer',
        find: 'transfer.timeoutNowSent = true; forgoLease(leader);',
        replace: 'transfer.timeoutNowSent = true;',
      },
    ],
    nodes: 3,
    seedsMax: 680,
    foundBy: ['linearizability'],
  },
];
