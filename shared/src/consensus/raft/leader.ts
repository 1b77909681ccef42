import type { NodeId } from '../../core/index.js';
import { isQuorum, othersOf, reachedByQuorum } from './configuration.js';
import { becomeFollower } from './follower.js';
import * as logs from './log.js';
import type {
  AppendEntriesResponse,
  ClientRequest,
  ClientRequests,
  InstallSnapshotResponse,
} from './messages.js';
import { addReads, confirmRound, startRound } from './reads.js';
import {
  createProgress,
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
import type { LeaderRole, Progress } from './state.js';
import {
  appendToLog,
  commitTimer,
  electionTimer,
  handCommitted,
  heartbeatTimer,
  note,
  respond,
  type Step,
} from './step.js';

/** Section 5.2, and section 8: a new leader commits an entry of its own term, since only that tells it what is committed. */
export function becomeLeader(step: Step): void {
  const { state, now } = step;
  const { configuration, self, log, currentTerm: term } = state;
  const progress: { [node: NodeId]: Progress } = {};
  for (const node of othersOf(configuration, self))
    progress[node] = createProgress(logs.lastIndex(log) + 1, now);
  const leader: LeaderRole = {
    name: 'leader',
    progress,
    writes: [],
    waiting: [],
    confirming: [],
    readIndex: 0,
    round: 0,
    queries: [],
    noticeSet: false,
  };
  state.role = leader;
  state.leader = self;
  step.effects.push({ type: 'cancelTimer', timer: electionTimer });
  step.effects.push({ type: 'setTimer', timer: heartbeatTimer, afterMs: state.options.heartbeatMs });
  appendToLog(step, [{ term, kind: 'noop' }]);
  replicate(step, leader);
}

/** Each heartbeat also looks whether a quorum still answers (dissertation 6.2). */
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
  for (const node of othersOf(configuration, self)) {
    noticeSilence(step, progressOf(leader, node));
    sendHeartbeat(step, leader, node);
  }
}

/** Gives up leading without having seen a higher term. */
export function stepDown(step: Step, reason: 'no-quorum' | 'clock-jumped'): void {
  note(step, 'stepped-down', { was: 'leader', reason, term: step.state.currentTerm, from: null });
  becomeFollower(step, null);
}

/** All that waits goes into the log in one go, on its way to disk and to the followers at once (dissertation 10.2.1). */
export function onClientRequests(step: Step, leader: LeaderRole, message: ClientRequests): void {
  const { state } = step;
  const { client, requests } = message;
  const room = state.options.pendingRequestsMax - openRequests(leader);
  const taken = requests.length <= room ? requests : requests.slice(0, Math.max(0, room));
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

function propose(step: Step, leader: LeaderRole, client: NodeId, writes: readonly ClientRequest[]): void {
  if (writes.length === 0) return;
  const { log, currentTerm: term } = step.state;
  track(leader, client, writes, logs.lastIndex(log) + 1);
  appendToLog(
    step,
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
  const holders = configuration.voters.filter((node) => held(node) >= index).join(' ');
  note(step, 'committed', { first: state.commitIndex + 1, last: index, term, holders });
  state.commitIndex = index;
  handCommitted(step);
  tellCommit(step, leader);
  startRound(step, leader);
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
  const { configuration, self, commitIndex } = step.state;
  leader.noticeSet = false;
  for (const node of othersOf(configuration, self)) {
    const progress = progressOf(leader, node);
    if (progress.mode === 'replicate' && progress.commitSent < commitIndex) sendHeartbeat(step, leader, node);
  }
}
