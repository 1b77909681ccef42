import { majority, type NodeId } from '../../core/index.js';
import { createReceived, includes, missing, type Received } from '../common/received.js';
import { windowLimit } from '../common/schemas.js';
import { nextOf, takeEarly } from './delivery.js';
import {
  backoffMax,
  give,
  holdingOf,
  isResponsible,
  join,
  learnHoldings,
  lookAgain,
  owe,
  servedUpTo,
} from './links.js';
import type { Digest, Dropped } from './messages.js';
import { isSuspected, known, type Origin, type Peer, type ReliableState } from './state.js';
import { append, originOf, type Step, send } from './step.js';

/** What a node missed, while it was down or cut off, it gets from any that has it; and hears if nobody has it any more. */

export const syncTimer = 'sync';
/** Numbers that are looked at in one go, and that are given up; more in the next. */
const lookedAtMax = 4_096;

/** Tells a node all that this one has. */
export function sendDigest(step: Step, to: NodeId, asks: boolean): void {
  const holdings = Object.entries(step.state.origins).map(([name, { have }]) => holdingOf(name, have));
  send(step, to, { type: 'digest', holdings, asks });
}

/** A round: every node that can be reached is told, so that what both lack of each other comes to light. */
export function onSyncTimeout(step: Step): void {
  const { state } = step;
  state.settledIndex = state.roundIndex;
  state.roundIndex = state.durableIndex;
  for (const [node, { isUp }] of Object.entries(state.peers)) if (isUp) sendDigest(step, node, false);
  setSyncTimer(step);
}

export function setSyncTimer(step: Step): void {
  const { syncEveryMs } = step.state.options;
  if (syncEveryMs > 0) step.effects.push({ type: 'setTimer', timer: syncTimer, afterMs: syncEveryMs });
}

export function onDigest(step: Step, from: NodeId, peer: Peer, { holdings, asks }: Digest): void {
  const { state } = step;
  learnHoldings(state, peer, holdings);
  if (asks) sendDigest(step, from, false);
  const isFirst = !peer.isSynced;
  peer.isSynced = true;
  peer.serveUpTo = Math.max(peer.serveUpTo, isFirst ? state.durableIndex : servedUpTo(state));
  lookAgain(peer);
  give(step, from, peer);
  tellDropped(step, from, peer);
}

/** Whoever lacks what this node has dropped, or given up, must not wait for it. */
export function tellDropped(step: Step, to: NodeId, peer: Peer): void {
  const holdings = Object.entries(step.state.origins).flatMap(([name, origin]) => {
    const lost = notToBeGiven(peer, name, origin);
    return lost === null ? [] : [holdingOf(name, lost)];
  });
  if (holdings.length > 0) send(step, to, { type: 'dropped', holdings });
}

/** Whether a node has to hear, until it says so, that it waits in vain for this node to send what it can't give. */
export function waitsInVain(state: ReliableState, peer: Peer): boolean {
  return Object.entries(state.origins).some(
    ([name, origin]) => isResponsible(state, name) && notToBeGiven(peer, name, origin) !== null,
  );
}

/** What a node lacks, and this one had and does not hold any more: the first of it; null for none. */
function notToBeGiven(peer: Peer, name: NodeId, { have, messages }: Origin): Received | null {
  const has = known(peer.has, name) ?? createReceived();
  const lost = createReceived();
  const last = Math.min(have.upTo, has.upTo + lookedAtMax);
  for (let sequence = has.upTo + 1; sequence <= last && lost.ahead.length < windowLimit; sequence++) {
    if (messages[sequence] !== undefined || includes(has, sequence)) continue;
    // What it has already needs no word, so that a long run from there on is one number.
    if (sequence === Math.max(has.upTo, lost.upTo) + 1) lost.upTo = sequence;
    else lost.ahead.push(sequence);
  }
  for (const sequence of have.ahead) {
    const isLost = messages[sequence] === undefined && !includes(has, sequence);
    if (isLost && lost.ahead.length < windowLimit) lost.ahead.push(sequence);
  }
  return lost.upTo === 0 && lost.ahead.length === 0 ? null : lost;
}

export function onDropped(step: Step, peer: Peer, { holdings }: Dropped): void {
  for (const { origin, upTo, ahead } of holdings) {
    delete peer.dropped[origin];
    join(peer.dropped, origin, { upTo, ahead });
    owe(peer, origin);
    giveUp(step, origin);
  }
}

/** Writes down which of an origin's broadcasts this node will never have. */
function giveUp(step: Step, name: NodeId): void {
  const { state } = step;
  const origin = originOf(state, name);
  if (origin === null || name === state.self) return;
  const last = lastDropped(state, name);
  const isLost = (sequence: number): boolean =>
    sequence <= last && isMissing(origin, sequence) && isLostFor(step, name, sequence);
  askAround(step, name, origin, last);
  if (state.options.fifo) return giveUpInOrder(step, name, origin, isLost);
  for (const first of missing(origin.have, last, lookedAtMax)) {
    // Behind one that may still come, no further than a message would be taken: what is ahead of a gap stays small.
    const end = first === origin.have.upTo + 1 ? last : origin.have.upTo + state.options.windowMax;
    if (first <= end && isLost(first))
      writeMissed(step, name, origin, first, (sequence) => sequence <= end && isLost(sequence));
  }
}

/**
 * Somebody may still have what another has dropped: whoever hears what this node has gives it what it lacks. Not at once
 * again: it may answer that it has dropped other things, and would be asked for those.
 */
function askAround(step: Step, name: NodeId, origin: Origin, last: number): void {
  const { state } = step;
  const first = missing(origin.have, last, lookedAtMax).find((sequence) => isMissing(origin, sequence));
  if (first === undefined) return;
  for (const [node, peer] of Object.entries(state.peers)) {
    const isTooSoon = peer.askedAtMs !== null && step.now - peer.askedAtMs < state.options.retransmitMs;
    if (!peer.isUp || isTooSoon || !holds(peer, name, first)) continue;
    peer.askedAtMs = step.now;
    sendDigest(step, node, false);
  }
}

/** In FIFO order, what came early takes its turn in between, and nothing behind a number that may still come is given up. */
function giveUpInOrder(
  step: Step,
  name: NodeId,
  origin: Origin,
  isLost: (sequence: number) => boolean,
): void {
  for (;;) {
    takeEarly(step, origin);
    const next = nextOf(origin);
    if (!isLost(next)) return;
    writeMissed(step, name, origin, next, isLost);
  }
}

/** All that is lost from `first` on without a gap. */
function writeMissed(
  step: Step,
  name: NodeId,
  origin: Origin,
  first: number,
  isLost: (sequence: number) => boolean,
): void {
  let last = first;
  while (last - first < lookedAtMax && isLost(last + 1)) last += 1;
  for (let sequence = first; sequence <= last; sequence++) origin.writing.push(sequence);
  append(step, { kind: 'missed', origin: name, first, last });
}

function isMissing({ writing, early }: Origin, sequence: number): boolean {
  return !writing.includes(sequence) && early[sequence] === undefined;
}

/**
 * Nobody who can be reached has it, and its origin has dropped it; or the origin may have crashed, and some of the others
 * have dropped it. Should somebody come back who has it, it comes too late.
 */
function isLostFor(step: Step, name: NodeId, sequence: number): boolean {
  const { state } = step;
  const reached = Object.entries(state.peers).filter(([node]) => !isSuspected(state, node));
  if (reached.some(([, peer]) => holds(peer, name, sequence))) return false;
  if (hasDropped(known(state.peers, name), name, sequence)) return true;
  if (!isSuspected(state, name) || !isEnough(step, reached)) return false;
  return reached.some(([, peer]) => hasDropped(peer, name, sequence));
}

/**
 * Whether those who can be reached may speak for all: a majority of the voters. Where deliveries need none, fewer may as
 * well, once nobody has come or gone for a while: after a restart the links come up one by one.
 */
function isEnough({ state, now }: Step, reached: readonly (readonly [NodeId, Peer])[]): boolean {
  const { self, voters, options, changedAtMs } = state;
  if (reached.some(([, { isSynced }]) => !isSynced)) return false;
  const present = voters.filter((voter) => voter === self || reached.some(([node]) => node === voter));
  if (present.length >= majority(voters.length)) return true;
  return !options.uniform && now - changedAtMs >= backoffMax * options.retransmitMs;
}

function hasDropped(peer: Peer | undefined, name: NodeId, sequence: number): boolean {
  const dropped = known(peer?.dropped ?? {}, name);
  return dropped !== undefined && includes(dropped, sequence);
}

/** As far as it has said. */
function holds(peer: Peer, name: NodeId, sequence: number): boolean {
  const has = known(peer.has, name);
  return has !== undefined && includes(has, sequence) && !hasDropped(peer, name, sequence);
}

function lastDropped({ peers }: ReliableState, name: NodeId): number {
  const ends = Object.values(peers).map(({ dropped }) => endOf(known(dropped, name)));
  return Math.max(0, ...ends);
}

function endOf(received: Readonly<Received> | undefined): number {
  return received === undefined ? 0 : (received.ahead.at(-1) ?? received.upTo);
}
