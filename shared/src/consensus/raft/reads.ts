import type { Index } from '../../core/index.js';
import { beginRound, confirmedRound, extendLease, holdsLease } from './lease.js';
import * as logs from './log.js';
import { sendHeartbeat } from './replication.js';
import type { LeaderRole, PendingRead, RaftState } from './state.js';
import type { Step } from './step.js';

/** Takes reads; they wait for a round of their own that begins after they came (dissertation 6.4), unless a lease holds. */
export function addReads(step: Step, leader: LeaderRole, reads: readonly PendingRead[]): void {
  if (reads.length === 0) return;
  if (holdsLease(step, leader) && knowsCommitted(step.state)) {
    return query(step, leader, reads, step.state.commitIndex);
  }
  leader.waiting.push(...reads);
  startRound(step, leader);
}

/**
 * ReadIndex, steps 1-3. A leader without a committed entry of its own term does not know yet what is committed, and holds
 * its reads. One round at a time, which all reads that wait share: a heartbeat to everybody, counted by its echoes.
 */
export function startRound(step: Step, leader: LeaderRole): void {
  const { state } = step;
  if (leader.waiting.length === 0 || leader.confirming.length > 0) return;
  if (!knowsCommitted(state)) return;
  beginRound(step, leader);
  leader.readRound = leader.round;
  leader.readIndex = state.commitIndex;
  leader.confirming = leader.waiting;
  leader.waiting = [];
  for (const node of leader.others) sendHeartbeat(step, leader, node);
  confirmRound(step, leader);
}

/** Steps 4-5: once a quorum has echoed the round, no other leader can have committed before it began. */
export function confirmRound(step: Step, leader: LeaderRole): void {
  if (leader.confirming.length === 0 && leader.rounds.length === 0) return;
  const confirmed = confirmedRound(step.state, leader);
  extendLease(step, leader, confirmed);
  if (leader.confirming.length === 0 || confirmed < leader.readRound) return;
  query(step, leader, leader.confirming, leader.readIndex);
  leader.confirming = [];
  startRound(step, leader);
}

function query(step: Step, leader: LeaderRole, reads: readonly PendingRead[], atIndex: Index): void {
  for (const { client, request, operation } of reads) {
    const query = step.state.nextQuery++;
    leader.queries.push({ query, client, request });
    step.effects.push({ type: 'query', query, operation, atIndex });
  }
}

/** A leader without a committed entry of its own term does not know yet what is committed. */
function knowsCommitted({ log, commitIndex, currentTerm }: RaftState): boolean {
  return logs.termAt(log, commitIndex) === currentTerm;
}
