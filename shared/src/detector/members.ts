import type { NodeId } from '../core/index.js';
import { defend } from './incarnation.js';
import { statuses, type Update, type Verdict } from './messages.js';
import { type Member, membersMax, newMember, probeAfterMs } from './state.js';
import { note, type Step, sendsOf } from './step.js';
import { chooseWatched } from './watching.js';

/**
 * SWIM 4.2, with one change: also `confirmed` gives way to a higher incarnation, since a tab that was frozen, or closed and
 * opened again, is the same node. So verdicts are ordered, and what a node holds is the highest that it was told.
 */
export function overrides(news: Verdict, known: Verdict): boolean {
  if (news.incarnation !== known.incarnation) return news.incarnation > known.incarnation;
  return statuses.indexOf(news.status) > statuses.indexOf(known.status);
}

/** Takes in what is said of a node: by itself (`alive`), by another, or by this node's own watch (`isOwn`). */
export function learn(step: Step, update: Update, isOwn = false): void {
  const { state, now } = step;
  const { node, status, incarnation } = update;
  if (node === state.self) return defend(step, update);
  const member = state.members[node] ?? join(step, update);
  if (member === null || !overrides(update, member)) return;
  const was = member.status;
  member.status = status;
  member.incarnation = incarnation;
  member.toSend = sendsOf(state);
  state.news = [...state.news.filter((other) => other !== node), node];
  member.isOwnSuspicion = status !== 'alive' && (isOwn || (member.isOwnSuspicion && was !== 'alive'));
  member.confirmAt = status === 'suspect' ? now + state.options.confirmAfterMs : null;
  if (status === 'alive' && was !== 'alive') restoreTrust(step, node);
  if (status === 'confirmed') note(step, 'node-confirmed', { node, incarnation });
  if (status === 'confirmed' || was === 'confirmed') chooseWatched(step);
  tell(step, node, member);
}

function restoreTrust({ state, now }: Step, node: NodeId): void {
  const watch = state.watches[node];
  if (watch === undefined) return;
  watch.heardAt = now;
  watch.beatAt = null;
  watch.probe = null;
}

/** Who speaks, or is spoken of, is a member; nobody needs to hear of the dead. Null where there is no room. */
function join(step: Step, { node, status }: Update): Member | null {
  const { members } = step.state;
  if (status === 'confirmed' || Object.keys(members).length >= membersMax) return null;
  const member = newMember();
  members[node] = member;
  chooseWatched(step);
  return member;
}

/** Indicates a change of what the instances above hold of a node. */
export function tell(step: Step, node: NodeId, member: Member): void {
  const isSuspected = mustSuspect(step, node, member);
  if (isSuspected === member.isSuspected) return;
  member.isSuspected = isSuspected;
  note(step, isSuspected ? 'node-suspected' : 'node-trusted', {
    node,
    incarnation: member.incarnation,
    ...(isSuspected ? { hearsay: !member.isOwnSuspicion } : {}),
  });
  step.effects.push({ type: 'indicate', output: { type: isSuspected ? 'suspect' : 'trust', node } });
}

/**
 * Whom a node hears itself it does not suspect on hearsay, unless nobody has refuted that in time: one tab that hears nobody
 * would else make everybody suspect everybody. Whose own link has ended needs no more than hearsay.
 */
function mustSuspect({ state, now }: Step, node: NodeId, { status, isOwnSuspicion }: Member): boolean {
  if (status === 'alive') return false;
  const watch = state.watches[node];
  if (status === 'confirmed' || isOwnSuspicion || watch === undefined) return true;
  return watch.probe?.isUrgent === true || now >= watch.heardAt + probeAfterMs(state, watch);
}
