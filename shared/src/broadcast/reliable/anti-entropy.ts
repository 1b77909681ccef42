import { majority, type NodeId } from '../../core/index.js';
import { includes, missing, type Received } from '../common/received.js';
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
/** Numbers that are given up in one go; more in the next. */
const givenUpMax = 4_096;

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

/** Whoever lacks what this node had and has dropped must not wait for it. */
export function tellDropped(step: Step, to: NodeId, peer: Peer): void {
  const holdings = Object.entries(step.state.origins)
    .filter(([name, origin]) => lacksDropped(peer, name, origin))
    .map(([name, { dropped }]) => holdingOf(name, dropped.have));
  if (holdings.length > 0) send(step, to, { type: 'dropped', holdings });
}

/** Whether a node has to hear, until it says so, that it waits in vain for this node to send what it has dropped. */
export function waitsInVain(state: ReliableState, peer: Peer): boolean {
  return Object.entries(state.origins).some(
    ([name, origin]) => isResponsible(state, name) && lacksDropped(peer, name, origin),
  );
}

function lacksDropped(peer: Peer, name: NodeId, { dropped }: Origin): boolean {
  const has = known(peer.has, name) ?? { upTo: 0, ahead: [] };
  const { upTo, ahead } = dropped.have;
  return missing(has, upTo, 1).length > 0 || ahead.some((sequence) => !includes(has, sequence));
}

export function onDropped(step: Step, peer: Peer, { holdings }: Dropped): void {
  for (const { origin, upTo, ahead } of holdings) {
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
  if (state.options.fifo) return giveUpInOrder(step, name, origin, isLost);
  for (const first of missing(origin.have, last, givenUpMax)) {
    if (isLost(first)) writeMissed(step, name, origin, first, isLost);
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
  while (last - first < givenUpMax && isLost(last + 1)) last += 1;
  for (let sequence = first; sequence <= last; sequence++) origin.writing.push(sequence);
  append(step, { kind: 'missed', origin: name, first, last });
}

function isMissing({ writing, early }: Origin, sequence: number): boolean {
  return !writing.includes(sequence) && early[sequence] === undefined;
}

/**
 * Its origin has dropped it; or the origin may have crashed, and of those that can be reached some have dropped it and none
 * has it. Should somebody come back who has it, it comes too late.
 */
function isLostFor(step: Step, name: NodeId, sequence: number): boolean {
  const { state } = step;
  if (hasDropped(known(state.peers, name), name, sequence)) return true;
  if (!isSuspected(state, name)) return false;
  const reached = Object.entries(state.peers).filter(([node]) => !isSuspected(state, node));
  if (!isEnough(step, reached)) return false;
  if (!reached.some(([, peer]) => hasDropped(peer, name, sequence))) return false;
  return reached.every(([, peer]) => hasDropped(peer, name, sequence) || !hasSaid(peer, name, sequence));
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

function hasSaid(peer: Peer, name: NodeId, sequence: number): boolean {
  const has = known(peer.has, name);
  return has !== undefined && includes(has, sequence);
}

function lastDropped({ peers }: ReliableState, name: NodeId): number {
  const ends = Object.values(peers).map(({ dropped }) => endOf(known(dropped, name)));
  return Math.max(0, ...ends);
}

function endOf(received: Readonly<Received> | undefined): number {
  return received === undefined ? 0 : (received.ahead.at(-1) ?? received.upTo);
}
