import type { NodeId, WriteId } from '../../core/index.js';
import { isQuorum, isVoter, otherVoters } from './configuration.js';
import { mayStand } from './configuration-history.js';
import { becomeFollower } from './follower.js';
import { becomeLeader } from './leader.js';
import * as logs from './log.js';
import type {
  RequestPreVote,
  RequestPreVoteResponse,
  RequestVote,
  RequestVoteResponse,
  ServerMessage,
} from './messages.js';
import type { Role, Votes } from './state.js';
import { note, persistHardState, promise, resetElectionTimer, type Step, send } from './step.js';

/** Section 5.2: no word of a leader for a whole election timeout. */
export function onElectionTimeout(step: Step): void {
  const { state } = step;
  if (state.role.name === 'leader' || !mayStand(state)) return;
  resetElectionTimer(step);
  // A log that is about to be replaced leads nobody.
  if (state.installing !== null) return;
  noteFailed(step, state.role);
  state.leader = null;
  if (state.options.preVote) startPreVote(step);
  else startElection(step);
}

function noteFailed(step: Step, role: Role): void {
  if (role.name !== 'candidate' && role.name !== 'pre-candidate') return;
  const answers = Object.values(role.votes);
  const yes = answers.filter((answer) => answer === 'yes').length;
  const data = { term: step.state.currentTerm, yes, no: answers.length - yes };
  note(step, role.name === 'candidate' ? 'election-not-won' : 'pre-vote-not-won', data);
}

/** Dissertation 9.6: asks whether an election could be won, and disturbs nobody by it. */
function startPreVote(step: Step): void {
  const { state } = step;
  const votes: Votes = { [state.self]: 'yes' };
  state.role = { name: 'pre-candidate', votes };
  const { currentTerm: term, log } = state;
  const lastLog = { lastLogIndex: logs.lastIndex(log), lastLogTerm: logs.lastTerm(log) };
  for (const node of otherVoters(state.configuration, state.self)) {
    send(step, node, { type: 'requestPreVote', term, ...lastLog });
  }
  if (wins(step, votes)) startElection(step);
}

/** Section 5.2: raises the term, votes for itself and asks the others; all durable before anybody hears of it. */
function startElection(step: Step, leadershipTransfer = false): void {
  const { state } = step;
  state.currentTerm += 1;
  state.votedFor = state.self;
  state.leader = null;
  const ownVote = persistHardState(step);
  state.role = { name: 'candidate', votes: {}, ownVote };
  const { currentTerm: term, log } = state;
  const lastLog = { lastLogIndex: logs.lastIndex(log), lastLogTerm: logs.lastTerm(log) };
  for (const node of otherVoters(state.configuration, state.self)) {
    promise(step, node, { type: 'requestVote', term, ...lastLog, leadershipTransfer });
  }
}

/**
 * Dissertation 3.10: the leader has brought this server up to date and wants it to lead. No pre-vote: others hear the leader
 * still, and would refuse.
 */
export function onTimeoutNow(step: Step, from: NodeId): void {
  const { state } = step;
  if (state.role.name === 'leader' || state.installing !== null || !mayStand(state)) return;
  note(step, 'timeout-now', { from, term: state.currentTerm });
  resetElectionTimer(step);
  startElection(step, true);
}

/** The candidate's own vote counts when it is durable, like everybody's. */
export function onOwnVote(step: Step, write: WriteId): void {
  const { role, self } = step.state;
  if (role.name !== 'candidate' || write < role.ownVote || role.votes[self] !== undefined) return;
  role.votes[self] = 'yes';
  if (wins(step, role.votes)) becomeLeader(step);
}

function wins(step: Step, votes: Votes): boolean {
  return isQuorum(step.state.configuration, (node) => votes[node] === 'yes');
}

/** Answers whatever its sender's term: this node's own term and vote are not touched. */
export function onRequestPreVote(step: Step, from: NodeId, message: RequestPreVote): void {
  const { state } = step;
  const refusal = state.currentTerm > message.term ? 'older-term' : refusalReason(step, message);
  noteVote(step, 'pre-vote', from, message.term + 1, refusal);
  const { currentTerm: term } = state;
  const voteGranted = refusal === null;
  promise(step, from, { type: 'requestPreVoteResponse', term, requestTerm: message.term, voteGranted });
}

export function onRequestPreVoteResponse(step: Step, from: NodeId, message: RequestPreVoteResponse): void {
  const { role, currentTerm } = step.state;
  if (role.name !== 'pre-candidate' || message.requestTerm !== currentTerm) return;
  if (!isVoter(step.state.configuration, from)) return;
  role.votes[from] = message.voteGranted ? 'yes' : 'no';
  if (wins(step, role.votes)) startElection(step);
}

/** RequestVote, receiver's side (Figure 2); its term is this node's by now. */
export function onRequestVote(step: Step, from: NodeId, message: RequestVote): void {
  const { state } = step;
  const { votedFor, currentTerm: term } = state;
  const refusal = votedFor !== null && votedFor !== from ? 'already-voted' : logRefusal(step, message);
  noteVote(step, 'vote', from, term, refusal);
  if (refusal === null) {
    if (votedFor === null) {
      state.votedFor = from;
      persistHardState(step);
    }
    resetElectionTimer(step);
  }
  promise(step, from, { type: 'requestVoteResponse', term, voteGranted: refusal === null });
}

export function onRequestVoteResponse(step: Step, from: NodeId, message: RequestVoteResponse): void {
  const { role } = step.state;
  if (role.name !== 'candidate' || !isVoter(step.state.configuration, from)) return;
  role.votes[from] = message.voteGranted ? 'yes' : 'no';
  if (wins(step, role.votes)) becomeLeader(step);
}

/**
 * Dissertation 4.2.3: who hears a leader helps no candidate, and does not take over its term either, unless it was the
 * leader that asked for the election.
 */
export function isDisruptive(step: Step, from: NodeId, message: ServerMessage): boolean {
  if (message.type !== 'requestVote' || message.leadershipTransfer || !hearsLeader(step)) return false;
  if (message.term > step.state.currentTerm) noteVote(step, 'vote', from, message.term, 'leader-heard');
  return message.term > step.state.currentTerm;
}

function hearsLeader({ state, now }: Step): boolean {
  const { options, role, leaderHeardAt, helpsNobodyUntil } = state;
  if (!options.checkQuorum) return false;
  if (role.name === 'leader' || (helpsNobodyUntil !== null && now < helpsNobodyUntil)) return true;
  return leaderHeardAt !== null && now - leaderHeardAt < options.electionTimeoutMinMs;
}

type Refusal = 'older-term' | 'already-voted' | 'leader-heard' | 'log-older' | 'log-shorter';

function refusalReason(step: Step, message: RequestPreVote): Refusal | null {
  return hearsLeader(step) ? 'leader-heard' : logRefusal(step, message);
}

/** Section 5.4.1: only who has everything that was committed may lead, and who is up to date with a quorum has. */
function logRefusal(step: Step, message: RequestPreVote | RequestVote): Refusal | null {
  const { log } = step.state;
  if (logs.isUpToDate(log, message.lastLogTerm, message.lastLogIndex)) return null;
  return message.lastLogTerm < logs.lastTerm(log) ? 'log-older' : 'log-shorter';
}

function noteVote(
  step: Step,
  kind: 'vote' | 'pre-vote',
  to: NodeId,
  term: number,
  refusal: Refusal | null,
): void {
  if (refusal === null) note(step, `${kind}-granted`, { to, term });
  else note(step, `${kind}-refused`, { to, term, reason: refusal });
}

/** The node slept: a leader may have been replaced, and whoever was heard was heard too long ago. */
export function forgetLeader(step: Step): void {
  const { state } = step;
  state.leaderHeardAt = null;
  if (state.role.name !== 'follower') becomeFollower(step, null);
  else resetElectionTimer(step);
}
