import type { ClockBound } from '../../core/index.js';
import { reachedByQuorum } from './configuration.js';
import type { RaftOptions } from './options.js';
import { progressOf } from './replication.js';
import type { LeaderRole, RaftState } from './state.js';
import type { Step } from './step.js';

/** Rounds without a quorum's answer that are remembered: a leader that misses so many steps down long before. */
const roundsMax = 64;

/** Begins a round of messages that a quorum's echoes will confirm; the time counts from here, before anything is sent. */
export function beginRound(step: Step, leader: LeaderRole): void {
  leader.round += 1;
  if (!step.state.options.leaseReads) return;
  leader.rounds.push({ round: leader.round, sentAt: step.now });
  if (leader.rounds.length > roundsMax) leader.rounds.shift();
}

/** The newest round that a quorum has echoed. */
export function confirmedRound({ configuration, self }: RaftState, leader: LeaderRole): number {
  return reachedByQuorum(configuration, (node) =>
    node === self ? leader.round : progressOf(leader, node).round,
  );
}

/**
 * Dissertation 6.4.1: those who echoed a round heard this leader after it was sent, and help nobody else within a minimum
 * election timeout of that (4.2.3); by this node's clock that is shorter by the drift that is assumed.
 */
export function extendLease(step: Step, leader: LeaderRole, confirmed: number): void {
  const { electionTimeoutMinMs, clockDriftPercent } = step.state.options;
  let done = 0;
  for (const { round, sentAt } of leader.rounds) {
    if (round > confirmed) break;
    done += 1;
    leader.leaseUntil = Math.max(
      leader.leaseUntil,
      sentAt + electionTimeoutMinMs / (1 + clockDriftPercent / 100),
    );
  }
  leader.rounds.splice(0, done);
}

export function holdsLease(step: Step, leader: LeaderRole): boolean {
  return step.state.options.leaseReads && !leader.leaseForgone && step.now < leader.leaseUntil;
}

/** What was confirmed up to now is worth nothing any more; rounds that begin later may be. */
export function endLease(leader: LeaderRole): void {
  leader.leaseUntil = 0;
  leader.rounds.length = 0;
}

/** For the rest of the term: whoever was told to start an election may do so at any time from now on. */
export function forgoLease(leader: LeaderRole): void {
  endLease(leader);
  leader.leaseForgone = true;
}

/**
 * For voters: this node may have let a leader believe in a lease, and no longer knows until when. It helps no other for a
 * whole minimum election timeout.
 */
export function waitOutLease({ state, now }: Step): void {
  if (state.options.leaseReads) state.helpsNobodyUntil = now + state.options.electionTimeoutMinMs;
}

/** Leases alone rest on clocks: a voter whose clock moves too far helps another while the lease lasts. */
export function leaseBound({ leaseReads, clockDriftPercent }: RaftOptions): ClockBound | null {
  return leaseReads ? { driftPercent: clockDriftPercent, jumps: false } : null;
}
