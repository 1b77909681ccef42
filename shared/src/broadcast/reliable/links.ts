import type { Index, NodeId } from '../../core/index.js';
import { add, advance, createReceived, includes, type Received } from '../common/received.js';
import { bytesPerFrameMax, type Holding, type Message, messagesPerFrameMax, nodesMax } from './messages.js';
import { isSuspected, known, type Peer, type ReliableState } from './state.js';
import { entryAt, type Step, send } from './step.js';
import { isInStore } from './store.js';

/** Reliable links: what a node lacks goes to it, by whoever is responsible, again and again until it says that it has it. */

export const retransmitTimer = 'retransmit';
/** A node that never answers is asked ever more seldom, down to once in this many times the usual wait. */
export const backoffMax = 16;

/** Gives a node more of what it lacks, as far as its window has room. */
export function give(step: Step, to: NodeId, peer: Peer): void {
  const { state } = step;
  if (!peer.isUp || !peer.isSynced) return;
  const given: Message[] = [];
  peer.cursor = Math.max(peer.cursor, state.offset);
  while (peer.unacknowledged.length < state.options.windowMax && peer.cursor < state.durableIndex) {
    peer.cursor += 1;
    const entry = entryAt(state, peer.cursor);
    if (entry.kind !== 'message' || !lacks(peer, entry.message)) continue;
    if (!isResponsible(state, entry.message.origin) && peer.cursor > peer.serveUpTo) continue;
    if (peer.unacknowledged.some(({ index }) => index === peer.cursor)) continue;
    if (!isTakenBy(peer, entry.message, state.options.windowMax)) {
      peer.hasSkipped = true;
      continue;
    }
    peer.unacknowledged.push({ index: peer.cursor, sentAtMs: step.now });
    given.push(entry.message);
  }
  transmit(step, to, given);
}

/** What lies too far beyond what it has, a node would not take: in its window it would only be in the way of others. */
function isTakenBy(peer: Peer, { origin, sequence }: Message, windowMax: number): boolean {
  return sequence <= (known(peer.has, origin)?.upTo ?? 0) + windowMax;
}

/** To all whom there is a link to. */
export function giveAll(step: Step): void {
  for (const [node, peer] of Object.entries(step.state.peers)) give(step, node, peer);
}

/** Everything is looked at anew: what is known of this node, or of who is responsible, has changed. */
export function lookAgain(peer: Peer): void {
  peer.cursor = 0;
  peer.hasSkipped = false;
}

/**
 * Lazy reliable broadcast (algorithm 3.2): the origin is responsible for its messages, and of an origin that is suspected
 * everybody who has them. Eager (3.3): everybody for all.
 */
export function isResponsible(state: ReliableState, origin: NodeId): boolean {
  return state.options.eager || origin === state.self || isSuspected(state, origin);
}

/** Sends again what was not acknowledged in time. */
export function retransmit(step: Step, to: NodeId, peer: Peer): void {
  const { state, now } = step;
  if (!peer.isUp) return;
  const waitMs = state.options.retransmitMs * Math.min(backoffMax, 2 ** peer.tries);
  peer.unacknowledged = peer.unacknowledged.filter(({ index }) => isInStore(state, index));
  const late: Message[] = [];
  for (const sent of peer.unacknowledged) {
    const entry = entryAt(state, sent.index);
    if (entry.kind !== 'message' || now - sent.sentAtMs < waitMs) continue;
    sent.sentAtMs = now;
    late.push(entry.message);
  }
  if (late.length > 0) peer.tries = Math.min(peer.tries + 1, backoffMax);
  transmit(step, to, late);
}

/** Takes note of what a node says to have, and goes on with what it lacks. */
export function learnHoldings(state: ReliableState, peer: Peer, holdings: readonly Holding[]): void {
  for (const { origin, upTo, ahead } of holdings) join(peer.has, origin, { upTo, ahead });
  peer.tries = 0;
  if (peer.hasSkipped) lookAgain(peer);
  peer.unacknowledged = peer.unacknowledged.filter(({ index }) => {
    if (!isInStore(state, index)) return false;
    const entry = entryAt(state, index);
    return entry.kind === 'message' && lacks(peer, entry.message);
  });
}

/** Adds to what is known of an origin in somebody's record, which names no more of them than there may be nodes. */
export function join(
  record: { [origin: NodeId]: Received },
  origin: NodeId,
  { upTo, ahead }: Readonly<Received>,
): void {
  const received = known(record, origin) ?? createReceived();
  if (known(record, origin) === undefined && Object.keys(record).length >= nodesMax) return;
  record[origin] = received;
  advance(received, upTo);
  for (const sequence of ahead) add(received, sequence);
}

/** This node owes somebody word of what it has of an origin: it sent something of it, or waits for it. */
export function owe(peer: Peer, origin: NodeId): void {
  peer.owed[origin] = true;
}

/** Acknowledges what is on disk; what is on its way there is acknowledged then, unless `all` of it is to be told now. */
export function acknowledge(step: Step, all: boolean): void {
  const { state } = step;
  for (const [node, peer] of Object.entries(state.peers)) {
    const holdings: Holding[] = [];
    for (const name of Object.keys(peer.owed)) {
      const origin = known(state.origins, name);
      if (origin !== undefined && origin.writing.length > 0 && !all) continue;
      if (origin !== undefined) holdings.push(holdingOf(name, origin.have));
      delete peer.owed[name];
    }
    if (holdings.length > 0) send(step, node, { type: 'acknowledge', holdings });
  }
}

export function holdingOf(origin: NodeId, { upTo, ahead }: Readonly<Received>): Holding {
  return { origin, upTo, ahead: [...ahead] };
}

export function lacks(
  peer: Peer,
  { origin, sequence }: { readonly origin: NodeId; readonly sequence: number },
): boolean {
  const has = known(peer.has, origin);
  return has === undefined || !includes(has, sequence);
}

/** Own broadcasts and others' in messages of their own, none of them larger than a frame should be. */
function transmit(step: Step, to: NodeId, messages: readonly Message[]): void {
  const { self } = step.state;
  sendParts(
    step,
    to,
    'broadcast',
    messages.filter(({ origin }) => origin === self),
  );
  sendParts(
    step,
    to,
    'relay',
    messages.filter(({ origin }) => origin !== self),
  );
}

function sendParts(step: Step, to: NodeId, type: 'broadcast' | 'relay', messages: readonly Message[]): void {
  let part: Message[] = [];
  let bytes = 0;
  for (const message of messages) {
    const isTooLarge = bytes + message.payload.length > bytesPerFrameMax;
    if (part.length === messagesPerFrameMax || (isTooLarge && part.length > 0)) {
      send(step, to, { type, messages: part });
      part = [];
      bytes = 0;
    }
    part.push(message);
    bytes += message.payload.length;
  }
  if (part.length > 0) send(step, to, { type, messages: part });
}

/** The last entry of the log that a node may be given though others are responsible: those have had a round to do so. */
export function servedUpTo({ options, durableIndex, settledIndex }: ReliableState): Index {
  return options.syncEveryMs === 0 ? durableIndex : settledIndex;
}
