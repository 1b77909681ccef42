import { reachedByQuorum } from './configuration.js';
import * as logs from './log.js';
import { progressOf, sendHeartbeat } from './replication.js';
import type { LeaderRole, PendingRead } from './state.js';
import type { Step } from './step.js';

/** Takes reads; they wait for a round of their own that begins after they came (dissertation 6.4). */
export function addReads(step: Step, leader: LeaderRole, reads: readonly PendingRead[]): void {
  if (reads.length === 0) return;
  leader.waiting.push(...reads);
  startRound(step, leader);
}

/**
 * ReadIndex, steps 1-3. A leader without a committed entry of its own term does not know yet what is committed, and holds
 * its reads. One round at a time, which all reads that wait share: a heartbeat to everybody, counted by its echoes.
 */
export function startRound(step: Step, leader: LeaderRole): void {
  const { state } = step;
  const { log, commitIndex, currentTerm } = state;
  if (leader.waiting.length === 0 || leader.confirming.length > 0) return;
  if (logs.termAt(log, commitIndex) !== currentTerm) return;
  leader.round += 1;
  leader.readIndex = commitIndex;
  leader.confirming = leader.waiting;
  leader.waiting = [];
  for (const node of leader.others) sendHeartbeat(step, leader, node);
  confirmRound(step, leader);
}

/** Steps 4-5: once a quorum has echoed the round, no other leader can have committed before it began. */
export function confirmRound(step: Step, leader: LeaderRole): void {
  const { state } = step;
  if (leader.confirming.length === 0) return;
  const confirmed = reachedByQuorum(state.configuration, (node) =>
    node === state.self ? leader.round : progressOf(leader, node).round,
  );
  if (confirmed < leader.round) return;
  for (const { client, request, operation } of leader.confirming) {
    const query = state.nextQuery++;
    leader.queries.push({ query, client, request });
    step.effects.push({ type: 'query', query, operation, atIndex: leader.readIndex });
  }
  leader.confirming = [];
  startRound(step, leader);
}
