import type { NodeId } from '../../core/index.js';
import { isQuorum, reachedByQuorum, votersOf } from './configuration.js';
import { stepDown } from './follower.js';
import { beginRound } from './lease.js';
import * as logs from './log.js';
import { advanceChange, onCatchUp, tendChange } from './membership.js';
import type {
  AppendEntriesResponse,
  ClientRequest,
  ClientRequests,
  InstallSnapshotResponse,
} from './messages.js';
import { addReads, confirmRound, startRound } from './reads.js';
import {
  appendAsLeader,
  followConfiguration,
  needsHeartbeat,
  noticeSilence,
  onMatch,
  onRejected,
  probe,
  progressOf,
  replicate,
  replicateTo,
  sendHeartbeat,
} from './replication.js';
import { openRequests, track } from './requests.js';
import type { LeaderRole } from './state.js';
import {
  commitTimer,
  electionTimer,
  handCommitted,
  heartbeatTimer,
  note,
  respond,
  type Step,
} from './step.js';
import { pursueTransfer, tendTransfer } from './transfer.js';

/** Section 5.2, and section 8: a new leader commits an entry of its own term, since only that tells it what is committed. */
export function becomeLeader(step: Step): void {
  const { state } = step;
  const { self, log, commitIndex, currentTerm: term } = state;
  const leader: LeaderRole = {
    name: 'leader',
    others: [],
    progress: {},
    hasLeaving: false,
    writes: [],
    waiting: [],
    confirming: [],
    readIndex: 0,
    readRound: 0,
    round: 0,
    rounds: [],
    leaseUntil: 0,
    leaseForgone: false,
    queries: [],
    noticeSet: false,
    uncommittedBytes: logs.bytesBetween(log, commitIndex, logs.lastIndex(log)),
    change: null,
    transfer: null,
    handedOver: false,
  };
  state.role = leader;
  state.leader = self;
  step.effects.push({ type: 'cancelTimer', timer: electionTimer });
  step.effects.push({ type: 'setTimer', timer: heartbeatTimer, afterMs: state.options.heartbeatMs });
  followConfiguration(step, leader);
  appendAsLeader(step, leader, [{ term, kind: 'noop' }]);
  replicate(step, leader);
}

/** Each heartbeat also looks whether a quorum still answers (dissertation 6.2), and after what is under way. */
export function onHeartbeatTimeout(step: Step, leader: LeaderRole): void {
  const { state, now } = step;
  const { configuration, self, options } = state;
  const hears = (node: NodeId): boolean =>
    node === self || now - progressOf(leader, node).heardAt <= options.electionTimeoutMaxMs;
  if (options.checkQuorum && !isQuorum(configuration, hears)) {
    stepDown(step, 'no-quorum');
    return;
  }
  step.effects.push({ type: 'setTimer', timer: heartbeatTimer, afterMs: options.heartbeatMs });
  if (options.leaseReads) beginRound(step, leader);
  for (const node of leader.others) {
    noticeSilence(step, progressOf(leader, node));
    if (needsHeartbeat(step, leader, node)) sendHeartbeat(step, leader, node);
  }
  tendTransfer(step, leader);
  tendChange(step, leader);
}

/** All that waits goes into the log in one go, on its way to disk and to the followers at once (dissertation 10.2.1). */
export function onClientRequests(step: Step, leader: LeaderRole, message: ClientRequests): void {
  const { client, requests } = message;
  const count = takenCount(step, leader, requests);
  const taken = count === requests.length ? requests : requests.slice(0, count);
  const refused = requests.slice(taken.length);
  if (refused.length > 0) {
    respond(
      step,
      client,
      refused.map(({ request }) => ({ request, status: 'busy' })),
    );
  }
  propose(
    step,
    leader,
    client,
    taken.filter(({ mode }) => mode === 'write'),
  );
  const reads = taken.filter(({ mode }) => mode === 'read');
  addReads(
    step,
    leader,
    reads.map(({ request, body }) => ({ client, request, operation: body })),
  );
}

/**
 * How many of the requests this leader has room for: what it holds is bounded by their number and by what is in the log
 * without being committed; the rest is told to come again. While leadership is on its way to another, no write is taken.
 */
function takenCount(step: Step, leader: LeaderRole, requests: readonly ClientRequest[]): number {
  const { log, commitIndex, options } = step.state;
  const room = Math.max(0, options.pendingRequestsMax - openRequests(leader));
  let entries = logs.lastIndex(log) - commitIndex;
  let bytes = leader.uncommittedBytes;
  let taken = 0;
  for (const { mode, body } of requests) {
    if (taken === room) return taken;
    if (mode === 'write') {
      const isFull = entries >= options.uncommittedEntriesMax || bytes >= options.uncommittedBytesMax;
      if (isFull || leader.transfer !== null) return taken;
      entries += 1;
      bytes += body.length;
    }
    taken += 1;
  }
  return taken;
}

function propose(step: Step, leader: LeaderRole, client: NodeId, writes: readonly ClientRequest[]): void {
  if (writes.length === 0) return;
  const { log, currentTerm: term } = step.state;
  track(leader, client, writes, logs.lastIndex(log) + 1);
  appendAsLeader(
    step,
    leader,
    writes.map(({ body }) => ({ term, kind: 'command', command: body })),
  );
  replicate(step, leader);
}

export function onAppendEntriesResponse(
  step: Step,
  leader: LeaderRole,
  from: NodeId,
  message: AppendEntriesResponse,
): void {
  const progress = progressOf(leader, from);
  progress.heardAt = step.now;
  // Accepting or not, who answers in this term takes this node for its leader.
  progress.round = Math.max(progress.round, Math.min(message.round, leader.round));
  if (message.success) {
    onMatch(step.state, progress, message.matchIndex);
    advanceCommit(step, leader);
  } else if (onRejected(step.state, progress, message)) {
    const { prevLogIndex, conflictTerm } = message;
    note(step, 'append-rejected', { from, prevLogIndex, conflictTerm, nextIndex: progress.nextIndex });
  }
  replicateTo(step, leader, from);
  confirmRound(step, leader);
  pursue(step, leader, from);
}

/** What waits for a follower to hold the log. */
function pursue(step: Step, leader: LeaderRole, from: NodeId): void {
  if (leader.transfer !== null) pursueTransfer(step, leader);
  if (leader.change !== null) onCatchUp(step, leader, from);
}

export function onInstallSnapshotResponse(
  step: Step,
  leader: LeaderRole,
  from: NodeId,
  message: InstallSnapshotResponse,
): void {
  const progress = progressOf(leader, from);
  progress.heardAt = step.now;
  onMatch(step.state, progress, message.matchIndex);
  advanceCommit(step, leader);
  replicateTo(step, leader, from);
  pursue(step, leader, from);
}

/** The host's transfer has ended; whether the follower could use it, its answer will say. */
export function onSnapshotSent(step: Step, leader: LeaderRole, to: NodeId, ok: boolean): void {
  const progress = progressOf(leader, to);
  if (progress.mode !== 'snapshot') return;
  if (ok) progress.installBy = step.now + step.state.options.snapshotInstallTimeoutMs;
  else {
    probe(progress);
    progress.probing = true;
  }
}

/** A new link: what was on its way is lost, and the follower may be a restarted one. */
export function onPeerChange(step: Step, leader: LeaderRole, peer: NodeId, isUp: boolean): void {
  const progress = progressOf(leader, peer);
  if (progress.mode !== 'snapshot') probe(progress);
  if (isUp) replicateTo(step, leader, peer);
  else progress.probing = true;
}

/** A part of this node's own log is durable: only now it counts for its own quorum. */
export function onOwnWrite(step: Step, leader: LeaderRole): void {
  advanceCommit(step, leader);
}

/**
 * Sections 5.3 and 5.4.2: what a quorum holds durably is committed, if it is of this term; older entries only by an entry
 * of this term above them, or they could still be overwritten (Figure 8).
 */
function advanceCommit(step: Step, leader: LeaderRole): void {
  const { state } = step;
  const { log, configuration, self, durability, currentTerm: term } = state;
  const held = (node: NodeId): number =>
    node === self ? durability.durableIndex : progressOf(leader, node).matchIndex;
  const index = reachedByQuorum(configuration, held);
  if (index <= state.commitIndex || logs.termAt(log, index) !== term) return;
  const holders = votersOf(configuration)
    .filter((node) => held(node) >= index)
    .join(' ');
  note(step, 'committed', { first: state.commitIndex + 1, last: index, term, holders });
  leader.uncommittedBytes -= logs.bytesBetween(log, state.commitIndex, index);
  state.commitIndex = index;
  handCommitted(step);
  tellCommit(step, leader);
  startRound(step, leader);
  advanceChange(step, leader);
}

/** Followers learn the commit index with the next entries, or alone when none come soon: a busy leader sends no more. */
function tellCommit(step: Step, leader: LeaderRole): void {
  const { commitNoticeMs } = step.state.options;
  if (commitNoticeMs === 0) onCommitTimeout(step, leader);
  else if (!leader.noticeSet) {
    leader.noticeSet = true;
    step.effects.push({ type: 'setTimer', timer: commitTimer, afterMs: commitNoticeMs });
  }
}

export function onCommitTimeout(step: Step, leader: LeaderRole): void {
  const { commitIndex } = step.state;
  leader.noticeSet = false;
  for (const node of leader.others) {
    const progress = progressOf(leader, node);
    if (progress.mode === 'replicate' && progress.commitSent < commitIndex) sendHeartbeat(step, leader, node);
  }
}
