import {
  assert,
  type Effect,
  type NodeId,
  type Process,
  type ProcessEvent,
  type SnapshotRef,
  type WriteId,
} from '../../core/index.js';
import { onControlRequest, tellServers } from './control.js';
import {
  forgetLeader,
  isDisruptive,
  onElectionTimeout,
  onOwnVote,
  onRequestPreVote,
  onRequestPreVoteResponse,
  onRequestVote,
  onRequestVoteResponse,
  onTimeoutNow,
} from './election.js';
import { adoptTerm, onAppendEntries, stepDown } from './follower.js';
import {
  onAppendEntriesResponse,
  onClientRequests,
  onCommitTimeout,
  onHeartbeatTimeout,
  onInstallSnapshotResponse,
  onOwnWrite,
  onPeerChange,
  onSnapshotSent,
} from './leader.js';
import { endLease, waitOutLease } from './lease.js';
import { type ClientRequests, hopsMax, type RaftMessage, type ServerMessage } from './messages.js';
import { observe } from './observe.js';
import type { RaftOptions } from './options.js';
import { recover } from './recovery.js';
import { answerExecuted, answerQueried, answerRetry } from './requests.js';
import {
  onInstallSnapshot,
  onSnapshotInstalled,
  onSnapshotRejected,
  onSnapshotTaken,
  takeSnapshotIfDue,
} from './snapshots.js';
import { createState, type LeaderRole, type RaftState } from './state.js';
import {
  commitTimer,
  electionTimer,
  heartbeatTimer,
  markDurable,
  promise,
  resetElectionTimer,
  type Step,
  send,
} from './step.js';

/** A Raft server: runs on each voter, and on each node that may be made one. */
export const raftServer: Process<RaftState, RaftMessage, RaftOptions> = {
  create: createState,
  step,
  observe,
};

function step(state: RaftState, event: ProcessEvent<RaftMessage>): Effect<RaftMessage>[] {
  const current: Step = { state, now: event.now, effects: [], ops: null };
  handle(current, event);
  return current.effects;
}

function handle(step: Step, event: ProcessEvent<RaftMessage>): void {
  const { state } = step;
  const { role } = state;
  switch (event.type) {
    case 'start':
      recover(state, event.disk);
      waitOutLease(step);
      return resetElectionTimer(step);
    case 'deliver':
      return onDeliver(step, event.from, event.message, event.snapshot);
    case 'timeout':
      return onTimeout(step, event.timer);
    case 'persisted':
      return onPersisted(step, event.write);
    case 'executed':
      assert(event.outcomes.length > 0, 'the store executes what it was given');
      state.appliedIndex = event.outcomes.at(-1)?.index ?? state.appliedIndex;
      if (role.name === 'leader') answerExecuted(step, role, event.outcomes);
      return takeSnapshotIfDue(step);
    case 'queried':
      if (role.name === 'leader') answerQueried(step, role, event.query, event.result);
      return;
    case 'peerUp':
    case 'peerDown':
      if (role.name !== 'leader') return onLinkChange(state, event.peer, event.type === 'peerUp');
      if (follows(role, event.peer)) onPeerChange(step, role, event.peer, event.type === 'peerUp');
      return;
    case 'snapshotTaken':
      return onSnapshotTaken(step);
    case 'snapshotInstalled':
      return onSnapshotInstalled(step);
    case 'snapshotRejected':
      return onSnapshotRejected(step);
    case 'snapshotSent':
      state.transfers.splice(0, Number.POSITIVE_INFINITY, ...state.transfers.filter((to) => to !== event.to));
      if (role.name === 'leader' && follows(role, event.to)) onSnapshotSent(step, role, event.to, event.ok);
      return;
    case 'clockJumped':
      return onClockJumped(step, event.byMs);
    // Requests come through the client Process; suspicions and failed connections tell Raft nothing that its timers don't.
    case 'propose':
    case 'read':
    case 'control':
    case 'suspect':
    case 'trust':
    case 'connectFailed':
      return;
  }
}

/**
 * 0 ms is a change of pace, which nodes learn of at slightly different moments: all timers stretch with the clock that they
 * run on, but leases end at once, and those who granted one wait for a whole one anew.
 */
function onClockJumped(step: Step, byMs: number): void {
  const { role, options } = step.state;
  waitOutLease(step);
  if (byMs > 0) {
    if (role.name === 'leader') stepDown(step, 'clock-jumped');
    return forgetLeader(step);
  }
  if (role.name === 'leader') endLease(role);
  else if (options.leaseReads) resetElectionTimer(step);
}

/** Without a link to the leader, requests can't be passed on to it; its next heartbeat makes it the leader again. */
function onLinkChange(state: RaftState, peer: NodeId, isUp: boolean): void {
  if (!isUp && state.leader === peer) state.leader = null;
}

function follows(leader: LeaderRole, node: NodeId): boolean {
  return Object.hasOwn(leader.progress, node);
}

function onTimeout(step: Step, timer: string): void {
  const { role } = step.state;
  if (timer === electionTimer) return onElectionTimeout(step);
  // A timer that was cancelled in the same moment may still fire.
  if (role.name !== 'leader') return;
  if (timer === heartbeatTimer) onHeartbeatTimeout(step, role);
  else if (timer === commitTimer) onCommitTimeout(step, role);
}

function onPersisted(step: Step, write: WriteId): void {
  const { state } = step;
  markDurable(state, write);
  const { role } = state;
  if (role.name === 'candidate') onOwnVote(step, write);
  else if (role.name === 'leader') onOwnWrite(step, role);
}

function onDeliver(step: Step, from: NodeId, message: RaftMessage, snapshot?: SnapshotRef): void {
  switch (message.type) {
    case 'clientRequests':
      return onRequests(step, message);
    case 'controlRequest':
      return onControlRequest(step, message);
    // These are for the client Process.
    case 'clientResponses':
    case 'clusterServers':
      return;
    default:
      // Of any server: one that this node's configuration does not know may lead, or have to (section 6).
      onServerMessage(step, from, message, snapshot);
  }
}

/** The rules for terms (5.1), once for all messages; then one function for each type. */
function onServerMessage(step: Step, from: NodeId, message: ServerMessage, snapshot?: SnapshotRef): void {
  const { state } = step;
  // Neither a pre-vote nor what a node says while it hears a leader may raise the term.
  if (message.type === 'requestPreVote') return onRequestPreVote(step, from, message);
  if (isDisruptive(step, from, message)) return;
  if (message.term > state.currentTerm) adoptTerm(step, message.term, from);
  // A pre-vote is granted by nodes of lower terms as well: its answer names the question instead.
  if (message.type === 'requestPreVoteResponse') return onRequestPreVoteResponse(step, from, message);
  if (message.term < state.currentTerm) return onStaleTerm(step, from, message, snapshot);
  const { role } = state;
  switch (message.type) {
    case 'requestVote':
      return onRequestVote(step, from, message);
    case 'requestVoteResponse':
      return onRequestVoteResponse(step, from, message);
    case 'timeoutNow':
      return onTimeoutNow(step, from);
    case 'appendEntries':
      return onAppendEntries(step, from, message);
    case 'installSnapshot':
      if (snapshot !== undefined) onInstallSnapshot(step, from, message, snapshot);
      return;
    case 'appendEntriesResponse':
      if (role.name === 'leader' && follows(role, from)) onAppendEntriesResponse(step, role, from, message);
      return;
    case 'installSnapshotResponse':
      if (role.name === 'leader' && follows(role, from)) onInstallSnapshotResponse(step, role, from, message);
      return;
  }
}

/** Section 5.1: a request with a stale term is rejected; the answer's term makes its sender step down. */
function onStaleTerm(step: Step, from: NodeId, message: ServerMessage, snapshot?: SnapshotRef): void {
  const { currentTerm: term, log } = step.state;
  switch (message.type) {
    case 'requestVote':
      return promise(step, from, { type: 'requestVoteResponse', term, voteGranted: false });
    case 'appendEntries': {
      const { prevLogIndex, round } = message;
      const conflict = { conflictTerm: null, conflictIndex: log.offset + 1 };
      const rejection = {
        type: 'appendEntriesResponse',
        success: false,
        prevLogIndex,
        ...conflict,
        round,
      } as const;
      return promise(step, from, { ...rejection, term });
    }
    case 'installSnapshot':
      if (snapshot !== undefined) step.effects.push({ type: 'discardSnapshot', snapshot });
      return promise(step, from, { type: 'installSnapshotResponse', term, matchIndex: 0 });
    default:
      return;
  }
}

/** Section 6.2: who does not lead passes requests on to who does, or tells the client to ask again. */
function onRequests(step: Step, message: ClientRequests): void {
  const { role, leader, self } = step.state;
  const { client, hops, requests, configuration } = message;
  tellServers(step, client, configuration);
  if (role.name === 'leader') return onClientRequests(step, role, message);
  if (leader === null || leader === self || hops >= hopsMax) return answerRetry(step, client, requests);
  send(step, leader, { ...message, hops: hops + 1 });
}
