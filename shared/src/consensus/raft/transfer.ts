import type { NodeId } from '../../core/index.js';
import { stepDown } from './follower.js';
import { forgoLease } from './lease.js';
import * as logs from './log.js';
import { progressOf, replicateTo } from './replication.js';
import { addAsker, answerControl } from './requests.js';
import type { ControlAsker, LeaderRole, Transfer } from './state.js';
import { note, type Step, send } from './step.js';

/** Dissertation 3.10: the administrator wants `to` to lead. Whoever leads already, or is about to, answers for it. */
export function onTransferLeadership(step: Step, leader: LeaderRole, asker: ControlAsker, to: NodeId): void {
  const { configuration, self } = step.state;
  const { transfer } = leader;
  const { voters, incoming } = configuration;
  if (!(incoming ?? voters).includes(to)) return answerControl(step, [asker], 'bad-voters');
  if (transfer === null) {
    if (to === self) answerControl(step, [asker], 'done');
    else beginTransfer(step, leader, to, [asker]);
  } else if (transfer.to !== to) answerControl(step, [asker], 'another-under-way');
  else if (!addAsker(transfer.askers, asker)) answerControl(step, [asker], 'busy');
}

/** From here on no proposals are taken: clients are told to come again, while the target is brought up to date. */
function beginTransfer(step: Step, leader: LeaderRole, to: NodeId, askers: ControlAsker[]): void {
  const deadlineAt = step.now + step.state.options.electionTimeoutMaxMs;
  leader.transfer = { to, askers, deadlineAt, timeoutNowSent: false };
  note(step, 'transfer-began', { to });
  pursueTransfer(step, leader);
}

/** Once the target holds all of the log, nobody can win against it: it is told to start an election at once. */
export function pursueTransfer(step: Step, leader: LeaderRole): void {
  const { transfer } = leader;
  if (transfer === null || transfer.timeoutNowSent) return;
  const { matchIndex } = progressOf(leader, transfer.to);
  if (matchIndex < logs.lastIndex(step.state.log)) replicateTo(step, leader, transfer.to);
  else sendTimeoutNow(step, leader, transfer);
}

function sendTimeoutNow(step: Step, leader: LeaderRole, transfer: Transfer): void {
  transfer.timeoutNowSent = true;
  forgoLease(leader);
  send(step, transfer.to, { type: 'timeoutNow', term: step.state.currentTerm });
}

/** With each heartbeat. A target that has not taken over within an election timeout is given up, and the cluster goes on. */
export function tendTransfer(step: Step, leader: LeaderRole): void {
  const { transfer } = leader;
  if (transfer === null) return;
  if (step.now < transfer.deadlineAt) {
    if (transfer.timeoutNowSent) sendTimeoutNow(step, leader, transfer);
    return;
  }
  leader.transfer = null;
  note(step, 'transfer-given-up', { to: transfer.to });
  answerControl(step, transfer.askers, 'not-transferred');
}

/**
 * Dissertation 4.2.2: C_new is committed, and this leader is not in it. It hands over to the voter that has most of the log,
 * or steps down, so that the others need not wait for an election timeout.
 */
export function handOver(step: Step, leader: LeaderRole): void {
  const { configuration } = step.state;
  const match = (node: NodeId): number => progressOf(leader, node).matchIndex;
  const [first, ...others] = configuration.voters;
  if (leader.handedOver || first === undefined) return stepDown(step, 'removed');
  leader.handedOver = true;
  const best = others.reduce((most, node) => (match(node) > match(most) ? node : most), first);
  beginTransfer(step, leader, best, []);
}
