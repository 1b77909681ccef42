import type { NodeId } from '../../core/index.js';
import {
  areSameNodes,
  type Configuration,
  type ConfigurationId,
  isNewer,
  isVoter,
  votersOf,
} from './configuration.js';
import { latestConfiguration } from './configuration-history.js';
import { endLease } from './lease.js';
import * as logs from './log.js';
import { appendAsLeader, followConfiguration, progressOf, replicate, sendHeartbeat } from './replication.js';
import { addAsker, answerControl } from './requests.js';
import type { CatchUp, Change, ControlAsker, LeaderRole } from './state.js';
import { note, type Step } from './step.js';
import { handOver } from './transfer.js';

/**
 * Section 6, dissertation 4.3: makes `target` the voters. Newcomers become learners first, and vote once they have caught up;
 * then C_old,new and, once that is committed, C_new. Asked again for the same, it is the same change that answers. `known` is
 * the newest configuration that the asker had heard of: a change begins only on top of the one in force, or a request that
 * comes late, or twice, would undo what was agreed on since.
 */
export function onReconfigure(
  step: Step,
  leader: LeaderRole,
  asker: ControlAsker,
  target: readonly NodeId[],
  known: ConfigurationId,
): void {
  const { state, now } = step;
  const { change } = leader;
  const underWay = change?.target ?? state.configuration.incoming;
  if (leader.transfer !== null) return answerControl(step, [asker], 'busy');
  if (underWay !== null && !areSameNodes(underWay, target)) {
    return answerControl(step, [asker], 'another-under-way');
  }
  if (change !== null) {
    if (!addAsker(change.askers, asker)) answerControl(step, [asker], 'busy');
    return;
  }
  if (isNewer(latestConfiguration(state), known)) return answerControl(step, [asker], 'retry');
  const deadlineAt = now + state.options.catchUpTimeoutMs;
  leader.change = { target, askers: [asker], newcomers: null, deadlineAt };
  advanceChange(step, leader);
}

/**
 * Takes the next step of a change, if there is one. None before an entry of the leader's own term is committed: only then
 * does it know which configuration is. One at a time: none before the last one's entry is committed.
 */
export function advanceChange(step: Step, leader: LeaderRole): void {
  const { state } = step;
  const { configuration, commitIndex, currentTerm, log, self } = state;
  if (leader.transfer !== null || latestConfiguration(state).index > commitIndex) return;
  if (logs.termAt(log, commitIndex) !== currentTerm) return;
  if (leader.hasLeaving) dismissLeaving(step, leader);
  if (configuration.incoming !== null) return leaveJoint(step, leader, configuration.incoming);
  finishIfReached(step, leader);
  // Whatever else is wanted of it, who has no vote leads no longer than it must.
  if (!isVoter(configuration, self)) handOver(step, leader);
  else if (leader.change !== null) pursue(step, leader, leader.change);
}

function finishIfReached(step: Step, leader: LeaderRole): void {
  const { voters, learners } = step.state.configuration;
  const { change } = leader;
  if (change === null || learners.length > 0 || !areSameNodes(voters, change.target)) return;
  leader.change = null;
  answerControl(step, change.askers, 'done');
}

/** Whoever led when it began: a committed C_old,new is followed by C_new. */
function leaveJoint(step: Step, leader: LeaderRole, voters: readonly NodeId[]): void {
  note(step, 'configuration-entered', { voters: voters.join(' ') });
  enter(step, leader, { voters, incoming: null, learners: [] });
}

function pursue(step: Step, leader: LeaderRole, change: Change): void {
  const { state } = step;
  const { voters, learners } = state.configuration;
  const { target } = change;
  const newcomers = target.filter((node) => !voters.includes(node));
  if (!newcomers.every((node) => learners.includes(node))) {
    note(step, 'learners-added', { learners: newcomers.join(' ') });
    return enter(step, leader, { voters, incoming: null, learners: newcomers });
  }
  change.newcomers ??= newcomers.map((node) => beginCatchUp(step, node));
  if (!change.newcomers.every(({ isCaughtUp }) => isCaughtUp)) return;
  // Only learners of an earlier attempt are left to go.
  if (areSameNodes(voters, target)) return leaveJoint(step, leader, voters);
  note(step, 'joint-entered', { voters: voters.join(' '), incoming: target.join(' ') });
  enter(step, leader, { voters, incoming: target, learners: [] });
}

/** In force at once. Those it leaves out are sent the log until it is committed, so that they may know. */
function enter(step: Step, leader: LeaderRole, configuration: Configuration): void {
  const { currentTerm: term } = step.state;
  appendAsLeader(step, leader, [{ term, kind: 'configuration', configuration }]);
  endLease(leader);
  followConfiguration(step, leader, leader.others);
  replicate(step, leader);
}

/** The configuration without them is committed: they are told once, which keeps those that hear it from elections. */
function dismissLeaving(step: Step, leader: LeaderRole): void {
  const before = leader.others;
  for (const node of before) {
    const { configuration } = step.state;
    const isMember = votersOf(configuration).includes(node) || configuration.learners.includes(node);
    if (!isMember) sendHeartbeat(step, leader, node);
  }
  followConfiguration(step, leader);
}

function beginCatchUp({ state, now }: Step, node: NodeId): CatchUp {
  return { node, round: 1, roundStartedAt: now, roundEnd: logs.lastIndex(state.log), isCaughtUp: false };
}

/** A round that takes less than an election timeout leaves so little that the newcomer will not hold anybody up (4.2.1). */
export function onCatchUp(step: Step, leader: LeaderRole, node: NodeId): void {
  const { state, now } = step;
  const catchUp = leader.change?.newcomers?.find((newcomer) => newcomer.node === node);
  if (catchUp === undefined || catchUp.isCaughtUp) return;
  if (progressOf(leader, node).matchIndex < catchUp.roundEnd) return;
  const { options } = state;
  if (now - catchUp.roundStartedAt <= options.electionTimeoutMinMs) {
    catchUp.isCaughtUp = true;
    note(step, 'learner-caught-up', { node, round: catchUp.round });
    advanceChange(step, leader);
  } else if (catchUp.round < options.catchUpRoundsMax) {
    catchUp.round += 1;
    catchUp.roundStartedAt = now;
    catchUp.roundEnd = logs.lastIndex(state.log);
  } else giveUpNewcomers(step, leader);
}

/** With each heartbeat: newcomers that are not there in time, and steps that had to wait for something else. */
export function tendChange(step: Step, leader: LeaderRole): void {
  const { change } = leader;
  const { voters, incoming } = step.state.configuration;
  const isLate = change !== null && step.now >= change.deadlineAt && incoming === null;
  const isWaiting = change?.target.some((node) => !voters.includes(node)) ?? false;
  if (isLate && isWaiting) giveUpNewcomers(step, leader);
  advanceChange(step, leader);
}

/** The voters stay as they are, and the learners go: who waits for a dead machine would hold up every later change. */
function giveUpNewcomers(step: Step, leader: LeaderRole): void {
  const { change } = leader;
  if (change === null) return;
  const { voters } = step.state.configuration;
  const late = change.newcomers?.filter(({ isCaughtUp }) => !isCaughtUp).map(({ node }) => node) ?? [];
  note(step, 'learner-too-slow', { nodes: late.join(' ') });
  answerControl(step, change.askers, 'not-caught-up');
  leader.change = { target: voters, askers: [], newcomers: null, deadlineAt: change.deadlineAt };
  advanceChange(step, leader);
}
