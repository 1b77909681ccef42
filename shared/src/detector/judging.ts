import type { NodeId } from '../core/index.js';
import { ping } from './heartbeat.js';
import { learn, tell } from './members.js';
import {
  type DetectorState,
  type Member,
  type Probe,
  probeAfterMs,
  suspectAfterMs,
  type Watch,
} from './state.js';
import { judgeTimer, type Step, send } from './step.js';
import { drawSome } from './watching.js';

/** While a link has just ended, helpers are asked this often within their time: they learn of its end one by one. */
const urgentRounds = 4;

/** Looks at every silence and every suspicion, and sets the timer for the next that will have to be looked at. */
export function judge(step: Step): void {
  const { state } = step;
  for (const [node, watch] of Object.entries(state.watches)) {
    const member = state.members[node];
    if (member !== undefined && isToBeJudged(member)) judgeSilence(step, node, member, watch);
  }
  for (const [node, member] of Object.entries(state.members)) {
    if (member.status !== 'suspect') continue;
    const isOver = member.confirmAt !== null && step.now >= member.confirmAt;
    if (isOver) learn(step, { node, status: 'confirmed', incarnation: member.incarnation });
    else tell(step, node, member);
  }
  setJudgeTimer(step);
}

/** The link says that a node has gone, or can't be reached: silence need not be waited for, only the helpers' word. */
export function onLinkLost(step: Step, node: NodeId): void {
  const { state, now } = step;
  const watch = state.watches[node];
  const member = state.members[node];
  if (watch === undefined || member === undefined || !isToBeJudged(member)) return;
  if (watch.probe === null) watch.probe = startProbe(now);
  watch.probe.isUrgent = true;
  watch.probe.roundAt = null;
}

/** A helper has no link to the node either. */
export function onRefused({ state }: Step, helper: NodeId, node: NodeId, sequence: number): void {
  const probe = state.watches[node]?.probe ?? null;
  if (probe === null || !isOfProbe(probe, sequence)) return;
  if (probe.asked.includes(helper) && !probe.refused.includes(helper)) probe.refused.push(helper);
}

/** Whether an indirect answer belongs to the present probe: an older one says nothing of this silence. */
export function isAnswerAwaited({ state }: Step, node: NodeId, sequence: number): boolean {
  const probe = state.watches[node]?.probe ?? null;
  return probe !== null && isOfProbe(probe, sequence);
}

function isOfProbe(probe: Probe, sequence: number): boolean {
  return probe.sequence !== null && sequence >= probe.sequence;
}

function judgeSilence(step: Step, node: NodeId, member: Member, watch: Watch): void {
  const { state, now } = step;
  const isSilent = now >= watch.heardAt + probeAfterMs(state, watch);
  if (watch.probe === null && isSilent) watch.probe = startProbe(now);
  const { probe } = watch;
  if (probe === null) return;
  if (probe.roundAt === null || now >= probe.roundAt + roundEveryMs(state, probe))
    askHelpers(step, node, probe);
  if (!isLost(state, watch, probe, now)) return;
  accuse(step, node, member);
}

/** Hearsay does not end this node's own judgement. */
function isToBeJudged({ status, isOwnSuspicion }: Member): boolean {
  return status === 'alive' || (status === 'suspect' && !isOwnSuspicion);
}

function accuse(step: Step, node: NodeId, member: Member): void {
  const { status, incarnation } = member;
  if (status === 'alive') return learn(step, { node, status: 'suspect', incarnation }, true);
  member.isOwnSuspicion = true;
  tell(step, node, member);
}

/** Silent for too long, or cut off, and none of the helpers has reached it though they had their time, or none can. */
function isLost(state: DetectorState, watch: Watch, probe: Probe, now: number): boolean {
  if (!probe.isUrgent && now < watch.heardAt + suspectAfterMs(state, watch)) return false;
  const isRefused = probe.asked.every((helper) => probe.refused.includes(helper));
  return isRefused || now >= probe.startedAt + state.options.indirectTimeoutMs;
}

function startProbe(at: number): Probe {
  return { startedAt: at, isUrgent: false, roundAt: null, sequence: null, asked: [], refused: [] };
}

/**
 * SWIM 3.1: k others, drawn anew for each round, are asked to ping the node; and so is the node itself, once more. Where its
 * link has ended the same are asked again, until they have learnt of it too.
 */
function askHelpers(step: Step, node: NodeId, probe: Probe): void {
  const { state, now } = step;
  const { members, unlinked, options } = state;
  const able = Object.keys(members).filter(
    (other) => members[other]?.status === 'alive' && other !== node && !Object.hasOwn(unlinked, other),
  );
  const asked = probe.isUrgent ? probe.asked.filter((helper) => able.includes(helper)) : [];
  state.sequence += 1;
  probe.sequence ??= state.sequence;
  probe.roundAt = now;
  probe.asked = asked.length > 0 ? asked : drawSome(state.random, able, options.helpers);
  for (const helper of probe.asked) {
    if (probe.refused.includes(helper)) continue;
    send(step, helper, { type: 'pingReq', sequence: state.sequence, target: node });
  }
  ping(step, node, 0);
}

function roundEveryMs({ options }: DetectorState, { isUrgent }: Probe): number {
  return isUrgent ? options.indirectTimeoutMs / urgentRounds : options.heartbeatMs;
}

/** Sets the timer unless it runs and is early enough: to fire once too often harms nobody. */
function setJudgeTimer({ state, now, effects }: Step): void {
  const due = nextDue(state, now);
  if (due === null || (state.judgeDueAt !== null && state.judgeDueAt <= due)) return;
  const afterMs = Math.max(1, Math.ceil(due - now));
  state.judgeDueAt = now + afterMs;
  effects.push({ type: 'setTimer', timer: judgeTimer, afterMs });
}

function nextDue(state: DetectorState, now: number): number | null {
  let due: number | null = null;
  const consider = (at: number): void => {
    if (at > now && (due === null || at < due)) due = at;
  };
  for (const [node, watch] of Object.entries(state.watches)) {
    const member = state.members[node];
    if (member === undefined || !isToBeJudged(member)) continue;
    consider(watch.heardAt + probeAfterMs(state, watch));
    const { probe } = watch;
    if (probe === null) continue;
    if (probe.roundAt !== null) consider(probe.roundAt + roundEveryMs(state, probe));
    consider(probe.startedAt + state.options.indirectTimeoutMs);
    consider(watch.heardAt + suspectAfterMs(state, watch));
  }
  for (const { confirmAt } of Object.values(state.members)) if (confirmAt !== null) consider(confirmAt);
  return due;
}
