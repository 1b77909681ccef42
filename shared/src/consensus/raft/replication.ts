import { assert, type Index, type NodeId } from '../../core/index.js';
import { othersOf } from './configuration.js';
import * as logs from './log.js';
import type { AppendEntriesRejected } from './messages.js';
import { sendSnapshot } from './snapshots.js';
import type { LeaderRole, Progress, RaftState } from './state.js';
import { appendToLog, type Step, send } from './step.js';

/** What a new leader assumes of each follower (Figure 2: nextIndex one past its own log, matchIndex 0). */
export function createProgress(nextIndex: Index, now: number): Progress {
  return {
    matchIndex: 0,
    nextIndex,
    mode: 'probe',
    probing: false,
    inflight: [],
    inflightBytes: 0,
    heardAt: now,
    round: 0,
    commitSent: 0,
    sentAt: Number.NEGATIVE_INFINITY,
    installBy: null,
  };
}

/** Puts entries into the leader's own log; `replicate` sends them. */
export function appendAsLeader(step: Step, leader: LeaderRole, entries: readonly logs.LogEntry[]): void {
  for (const entry of entries) leader.uncommittedBytes += logs.entryBytes(entry);
  appendToLog(step, entries);
}

/** Sends every follower the entries it may be sent now. */
export function replicate(step: Step, leader: LeaderRole): void {
  for (const node of leader.others) replicateTo(step, leader, node);
}

/** Sends to the members of the configuration in force; `leaving` are kept on until they may know that they have left. */
export function followConfiguration(step: Step, leader: LeaderRole, leaving: readonly NodeId[] = []): void {
  const { state, now } = step;
  const members = othersOf(state.configuration, state.self);
  leader.others = [...members, ...leaving.filter((node) => !members.includes(node))];
  leader.hasLeaving = leader.others.length > members.length;
  for (const node of leader.others) {
    leader.progress[node] ??= createProgress(logs.lastIndex(state.log) + 1, now);
  }
  for (const node of Object.keys(leader.progress)) {
    if (!leader.others.includes(node)) delete leader.progress[node];
  }
}

/**
 * Sends a follower as many entries as its window has room for: several messages one after the other without waiting
 * (dissertation 10.2.2), or a single probe while it is not known where the logs meet.
 */
export function replicateTo(step: Step, leader: LeaderRole, node: NodeId): void {
  const { state } = step;
  const progress = progressOf(leader, node);
  while (progress.nextIndex <= logs.lastIndex(state.log)) {
    if (progress.mode === 'snapshot' || progress.probing) return;
    if (isWindowFull(state, progress)) return;
    if (progress.nextIndex <= state.log.offset) return sendSnapshot(step, node, progress);
    sendEntries(step, leader, node, progress);
    if (progress.mode === 'probe') return;
  }
}

/** Bounded by what is on its way, not by what goes next: one message may always be. */
function isWindowFull({ options }: RaftState, { inflight, inflightBytes }: Progress): boolean {
  return inflight.length >= options.inflightMessagesMax || inflightBytes >= options.inflightBytesMax;
}

function sendEntries(step: Step, leader: LeaderRole, node: NodeId, progress: Progress): void {
  const { log, options } = step.state;
  const prevLogIndex = progress.nextIndex - 1;
  const { entries, bytes } = logs.sliceFrom(
    log,
    progress.nextIndex,
    options.entriesPerMessageMax,
    options.bytesPerMessageMax,
  );
  sendAppend(step, leader, node, prevLogIndex, entries);
  if (progress.mode === 'probe') {
    progress.probing = true;
    return;
  }
  progress.nextIndex += entries.length;
  progress.inflight.push({ lastIndex: progress.nextIndex - 1, bytes });
  progress.inflightBytes += bytes;
}

/** An AppendEntries without entries: keeps followers from elections, carries commit index and round, finds what was lost. */
export function sendHeartbeat(step: Step, leader: LeaderRole, node: NodeId): void {
  sendAppend(step, leader, node, askedIndex(step.state, progressOf(leader, node)), []);
}

/**
 * Section 5.2: heartbeats are for idle periods. Who was just sent something needs none, unless its echo is to renew a lease;
 * half an interval, so that two messages are never further apart than one and a half.
 */
export function needsHeartbeat(step: Step, leader: LeaderRole, node: NodeId): boolean {
  const { options } = step.state;
  const { mode, sentAt } = progressOf(leader, node);
  return options.leaseReads || mode !== 'replicate' || step.now - sentAt >= options.heartbeatMs / 2;
}

/** What a heartbeat asks about. Where the log no longer reaches, its offset is the earliest whose term is known. */
function askedIndex({ log }: RaftState, progress: Progress): Index {
  return Math.max(progress.nextIndex - 1, log.offset);
}

function sendAppend(
  step: Step,
  leader: LeaderRole,
  node: NodeId,
  prevLogIndex: Index,
  entries: readonly logs.LogEntry[],
): void {
  const { state } = step;
  const prevLogTerm = logs.termAt(state.log, prevLogIndex);
  assert(prevLogTerm !== null, 'a leader asks only about entries whose term it knows');
  const { currentTerm: term, commitIndex: leaderCommit } = state;
  const progress = progressOf(leader, node);
  progress.commitSent = leaderCommit;
  progress.sentAt = step.now;
  send(step, node, {
    type: 'appendEntries',
    term,
    prevLogIndex,
    prevLogTerm,
    entries,
    leaderCommit,
    round: leader.round,
  });
}

/** The follower's log agrees up to matchIndex, durably. */
export function onMatch(state: RaftState, progress: Progress, matchIndex: Index): void {
  // Only a liar matches more than the leader has; its claim must not bring down who hears it.
  if (matchIndex > logs.lastIndex(state.log)) return;
  progress.matchIndex = Math.max(progress.matchIndex, matchIndex);
  progress.nextIndex = Math.max(progress.nextIndex, progress.matchIndex + 1);
  let arrived = 0;
  for (const { lastIndex, bytes } of progress.inflight) {
    if (lastIndex > progress.matchIndex) break;
    arrived += 1;
    progress.inflightBytes -= bytes;
  }
  progress.inflight.splice(0, arrived);
  // While a snapshot is on its way, only an answer that makes it needless ends the wait for it.
  if (progress.mode === 'snapshot' && progress.nextIndex <= state.log.offset) return;
  progress.mode = 'replicate';
  progress.probing = false;
  progress.installBy = null;
}

/**
 * The log differs, or ends before prevLogIndex. Answers false for late and repeated rejections, which say nothing new.
 * With the hint of section 5.3 each round trip passes over a whole term.
 */
export function onRejected(state: RaftState, progress: Progress, message: AppendEntriesRejected): boolean {
  const { prevLogIndex, conflictTerm, conflictIndex } = message;
  if (progress.mode === 'snapshot' || prevLogIndex <= progress.matchIndex) return false;
  if (prevLogIndex > logs.lastIndex(state.log)) return false;
  if (progress.mode === 'probe' && prevLogIndex !== askedIndex(state, progress)) return false;
  const lastOfTerm =
    conflictTerm === null ? null : logs.lastIndexOfTerm(state.log, conflictTerm, prevLogIndex - 1);
  const hinted = lastOfTerm === null ? conflictIndex : lastOfTerm + 1;
  probe(progress, Math.min(prevLogIndex, hinted));
  return true;
}

/** Starts to look anew for where the logs meet, and forgets what was on its way. */
export function probe(progress: Progress, nextIndex: Index = progress.matchIndex + 1): void {
  progress.mode = 'probe';
  progress.probing = false;
  progress.installBy = null;
  progress.inflight.length = 0;
  progress.inflightBytes = 0;
  progress.nextIndex = Math.max(progress.matchIndex + 1, nextIndex);
}

/**
 * Before a heartbeat: a follower that has answered nothing for a while may have lost what is on its way. Entries go again
 * only after its next answer, so that a dead one is sent no more than heartbeats.
 */
export function noticeSilence(step: Step, progress: Progress): void {
  const { now, state } = step;
  if (progress.mode === 'snapshot') {
    if (progress.installBy !== null && now >= progress.installBy) probe(progress);
    return;
  }
  const isSilent = now - progress.heardAt >= state.options.electionTimeoutMinMs;
  if (isSilent && progress.inflight.length > 0) {
    probe(progress);
    progress.probing = true;
  }
}

export function progressOf(leader: LeaderRole, node: NodeId): Progress {
  const progress = leader.progress[node];
  assert(progress !== undefined, 'a leader keeps progress for every other member');
  return progress;
}
