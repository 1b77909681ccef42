import { assert, type Index, type NodeId, type Reign } from '../../core/index.js';
import * as logs from './log.js';
import type { AppendEntries, AppendEntriesRejected } from './messages.js';
import { answerAllRetry } from './requests.js';
import {
  appendToLog,
  commitTimer,
  handCommitted,
  heartbeatTimer,
  note,
  persistHardState,
  promise,
  resetElectionTimer,
  type Step,
  truncateLog,
} from './step.js';

/** Section 5.1: a higher term makes a follower of anybody, and forgets the vote. */
export function adoptTerm(step: Step, term: Reign, from: NodeId): void {
  const { state } = step;
  assert(term > state.currentTerm, 'terms only rise');
  const { role, leader } = state;
  if (role.name !== 'follower')
    note(step, 'stepped-down', { was: role.name, reason: 'higher-term', term, from });
  else if (leader !== null) note(step, 'term-raised', { term, from, leader });
  state.currentTerm = term;
  state.votedFor = null;
  persistHardState(step);
  becomeFollower(step, null);
}

/** Gives up whatever this node was. A former leader answers its clients, and waits for elections like all others. */
export function becomeFollower(step: Step, leader: NodeId | null): void {
  const { state } = step;
  const { role } = state;
  state.role = { name: 'follower' };
  state.leader = leader;
  if (role.name !== 'leader') return;
  answerAllRetry(step, role);
  step.effects.push({ type: 'cancelTimer', timer: heartbeatTimer });
  if (role.noticeSet) step.effects.push({ type: 'cancelTimer', timer: commitTimer });
  resetElectionTimer(step);
}

/** A leader gives up leading without having seen a higher term. */
export function stepDown(step: Step, reason: 'no-quorum' | 'clock-jumped' | 'removed'): void {
  note(step, 'stepped-down', { was: 'leader', reason, term: step.state.currentTerm, from: null });
  becomeFollower(step, null);
}

/**
 * A message of the current term's leader: candidates return to being followers (5.2), and the election timer starts anew.
 * Answers false when this node leads that term itself, which only a liar can bring about.
 */
export function hearLeader(step: Step, from: NodeId): boolean {
  const { state } = step;
  if (state.role.name === 'leader') {
    note(step, 'second-leader', { from, term: state.currentTerm });
    return false;
  }
  if (state.role.name !== 'follower') becomeFollower(step, from);
  state.leader = from;
  state.leaderHeardAt = step.now;
  resetElectionTimer(step);
  return true;
}

/** AppendEntries, receiver's side (Figure 2). */
export function onAppendEntries(step: Step, from: NodeId, message: AppendEntries): void {
  const { state } = step;
  if (!hearLeader(step, from)) return;
  const { prevLogIndex, entries, leaderCommit, round } = message;
  const conflict = state.installing === null ? conflictAt(step, message) : afterEnd(step);
  if (conflict !== null) {
    const { currentTerm: term } = state;
    promise(step, from, {
      type: 'appendEntriesResponse',
      success: false,
      term,
      prevLogIndex,
      ...conflict,
      round,
    });
    return;
  }
  const write = storeEntries(step, message);
  const matched = prevLogIndex + entries.length;
  const commitIndex = Math.min(leaderCommit, matched);
  if (commitIndex > state.commitIndex) {
    state.commitIndex = commitIndex;
    handCommitted(step);
  }
  // What came with this message is acknowledged once it is durable; for older entries, what is durable now.
  const matchIndex = write > 0 ? matched : Math.min(matched, state.durability.durableIndex);
  const response = { type: 'appendEntriesResponse', success: true, matchIndex, round } as const;
  promise(step, from, { ...response, term: state.currentTerm }, write);
}

type Conflict = Pick<AppendEntriesRejected, 'conflictTerm' | 'conflictIndex'>;

/** Rule 2 of AppendEntries: null when the log holds prevLogTerm at prevLogIndex, else the hint of section 5.3's end. */
function conflictAt(step: Step, { prevLogIndex, prevLogTerm }: AppendEntries): Conflict | null {
  const { log, commitIndex } = step.state;
  // What a snapshot covers was committed, so the leader has it too.
  if (prevLogIndex < log.offset) return null;
  if (prevLogIndex > logs.lastIndex(log)) return afterEnd(step);
  const conflictTerm = logs.termAt(log, prevLogIndex);
  if (conflictTerm === prevLogTerm) return null;
  assert(prevLogIndex > commitIndex, 'a leader has every committed entry');
  const conflictIndex = Math.max(logs.firstIndexOfTermAt(log, prevLogIndex), commitIndex + 1);
  return { conflictTerm, conflictIndex };
}

function afterEnd(step: Step): Conflict {
  return { conflictTerm: null, conflictIndex: logs.lastIndex(step.state.log) + 1 };
}

/**
 * Rules 3 and 4: only an entry that conflicts cuts the log. One that is there already proves nothing about those behind
 * it: the message may be old, and they may be newer. Answers with the write that holds the new entries, 0 for none.
 */
function storeEntries(step: Step, { prevLogIndex, entries }: AppendEntries): number {
  const { log, commitIndex } = step.state;
  const known = knownCount(log, prevLogIndex, entries);
  if (known === entries.length) return 0;
  const firstNew: Index = prevLogIndex + known + 1;
  const last = logs.lastIndex(log);
  if (firstNew <= last) {
    assert(firstNew > commitIndex, 'a committed entry is never cut');
    const data = { from: firstNew, to: last, term: logs.termAt(log, firstNew) };
    note(step, 'log-truncated', data);
    truncateLog(step, firstNew);
  }
  return appendToLog(step, known === 0 ? entries : entries.slice(known));
}

/** How many of the entries the log (or the snapshot before it) holds already. */
function knownCount(log: logs.Log, prevLogIndex: Index, entries: readonly logs.LogEntry[]): number {
  let known = Math.min(entries.length, Math.max(0, log.offset - prevLogIndex));
  while (known < entries.length && logs.termAt(log, prevLogIndex + known + 1) === entries[known]?.term)
    known += 1;
  return known;
}
