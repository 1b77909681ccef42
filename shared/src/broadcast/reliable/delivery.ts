import { assert, majority, type NodeId, type RequestId, type WriteId } from '../../core/index.js';
import { encodeAccepted } from '../common/accepted.js';
import { add, includes } from '../common/received.js';
import { windowLimit } from '../common/schemas.js';
import { acknowledge, giveAll, join, owe } from './links.js';
import type { Message } from './messages.js';
import { type Entry, known, type Origin, type Peer, type ReliableState } from './state.js';
import { append, entryAt, note, originOf, type Step } from './step.js';
import { dropBeyond, hold, learn } from './store.js';

/** From a user's wish to a delivery: taken on, written, acknowledged, delivered. */

/** Takes on a broadcast: it is on disk before anybody hears of it, its user included. */
export function broadcast(step: Step, request: RequestId, payload: Uint8Array): void {
  const { state } = step;
  const origin = originOf(state, state.self);
  assert(origin !== null, 'a node knows itself');
  state.lastSequence += 1;
  const { self, incarnation, lastSequence: sequence } = state;
  const index = hold(step, origin, { origin: self, incarnation, sequence, payload });
  state.requests.push({ request, index });
}

/** Takes what another node sent, and owes it an acknowledgement. */
export function receive(step: Step, from: NodeId, messages: readonly Message[]): void {
  const { state } = step;
  const peer = known(state.peers, from);
  for (const message of messages) {
    const origin = originOf(state, message.origin);
    if (peer !== undefined) noteSender(peer, message);
    // What is not acknowledged comes again, when there may be room.
    if (origin === null || !take(step, origin, message)) continue;
    if (peer !== undefined) owe(peer, message.origin);
  }
}

/** Nobody sends what it does not have on its disk. */
function noteSender(peer: Peer, { origin, sequence }: Message): void {
  const upTo = known(peer.has, origin)?.upTo ?? 0;
  if (sequence <= upTo + windowLimit) join(peer.has, origin, { upTo, ahead: [sequence] });
}

/** Answers whether this node has the message, or will. */
function take(step: Step, origin: Origin, message: Message): boolean {
  const { state } = step;
  const { sequence } = message;
  if (includes(origin.have, sequence) || origin.writing.includes(sequence)) return true;
  // Whatever a node has broadcast it has, or has dropped.
  if (message.origin === state.self || !isInWindow(state, origin, sequence)) return false;
  if (!state.options.fifo) {
    hold(step, origin, message);
    return true;
  }
  origin.early[sequence] = message;
  takeEarly(step, origin);
  return true;
}

/**
 * No set of numbers grows without end: not of those behind a missing one, nor of those not delivered, of which an origin
 * itself makes no more than `pendingMax`.
 */
function isInWindow({ options }: ReliableState, { have, delivered }: Origin, sequence: number): boolean {
  const { windowMax, pendingMax } = options;
  return sequence <= have.upTo + windowMax && sequence <= delivered.upTo + pendingMax + windowMax;
}

/** Algorithm 3.12: what came before its turn is taken once its turn has come. */
export function takeEarly(step: Step, origin: Origin): void {
  for (;;) {
    const sequence = nextOf(origin);
    const message = origin.early[sequence];
    if (message === undefined) break;
    delete origin.early[sequence];
    hold(step, origin, message);
  }
}

/** FIFO: the number whose turn it is to be written. */
export function nextOf({ have, writing }: Origin): number {
  return Math.max(have.upTo, ...writing) + 1;
}

/** What has reached the disk counts from now on: it is acknowledged, given to others, delivered. */
export function onPersisted(step: Step, write: WriteId): void {
  const { state } = step;
  const from = state.durableIndex;
  while (state.writes[0] !== undefined && state.writes[0].write <= write) {
    state.durableIndex = Math.max(state.durableIndex, state.writes.shift()?.lastIndex ?? 0);
  }
  for (let index = from + 1; index <= state.durableIndex; index++)
    onDurable(step, entryAt(state, index), index);
  markAll(step);
  giveAll(step);
  acknowledge(step, true);
  dropBeyond(step);
}

function onDurable(step: Step, entry: Entry, index: number): void {
  switch (entry.kind) {
    case 'message':
      return onHeld(step, entry.message, index);
    case 'delivered': {
      const origin = originOf(step.state, entry.origin);
      const message = origin?.messages[entry.sequence];
      assert(origin !== null && message !== undefined, 'what is delivered is held');
      origin.marking = origin.marking.filter((sequence) => sequence !== entry.sequence);
      return deliver(step, origin, message);
    }
    case 'missed':
      return onMissed(step, entry);
  }
}

function onHeld(step: Step, message: Message, index: number): void {
  const { state, effects } = step;
  const { origin: name, sequence } = message;
  const origin = originOf(state, name);
  assert(origin !== null, 'whose message is held is known');
  origin.writing = origin.writing.filter((other) => other !== sequence);
  add(origin.have, sequence);
  const [request] = state.requests;
  if (request?.index === index) {
    state.requests.shift();
    effects.push({ type: 'reply', request: request.request, result: encodeAccepted(message) });
  }
  if (!state.options.uniform) return deliver(step, origin, message);
  // Everybody counts who has it.
  for (const peer of Object.values(state.peers)) if (peer.isUp) owe(peer, name);
}

/** The log holds it: from now on it is delivered, whatever becomes of this node's memory. */
function deliver(step: Step, origin: Origin, message: Message): void {
  add(origin.delivered, message.sequence);
  step.effects.push({ type: 'indicate', output: { type: 'delivery', ...message } });
}

function onMissed(step: Step, entry: Extract<Entry, { kind: 'missed' }>): void {
  const { state } = step;
  const { origin: name, first, last } = entry;
  const origin = originOf(state, name);
  assert(origin !== null, 'whose messages are missed is known');
  origin.writing = origin.writing.filter((sequence) => sequence < first || sequence > last);
  learn(entry, state.options.uniform, origin);
  origin.missed += last - first + 1;
  note(step, 'broadcast-missed', { origin: name, first, last });
  if (state.options.fifo) takeEarly(step, origin);
}

/** Algorithm 3.8: what a majority has on disk is written down as delivered, and delivered once that is on disk. */
export function markAll(step: Step): void {
  const { state } = step;
  if (!state.options.uniform) return;
  for (const [name, origin] of Object.entries(state.origins)) {
    for (const sequence of undelivered(origin)) {
      const isNext = sequence === Math.max(origin.delivered.upTo, ...origin.marking) + 1;
      if (state.options.fifo && !isNext) break;
      if (!isHeldByMajority(state, name, sequence)) continue;
      origin.marking.push(sequence);
      append(step, { kind: 'delivered', origin: name, sequence });
    }
  }
}

/** What this node has on disk and has not written down as delivered; the lowest number first. */
export function undelivered({ have, delivered, marking }: Origin): number[] {
  const open: number[] = [];
  for (let sequence = delivered.upTo + 1; sequence <= have.upTo; sequence++) open.push(sequence);
  return [...open, ...have.ahead].filter(
    (sequence) => !includes(delivered, sequence) && !marking.includes(sequence),
  );
}

function isHeldByMajority(
  { self, voters, peers, origins }: ReliableState,
  name: NodeId,
  sequence: number,
): boolean {
  const holders = voters.filter((voter) => {
    const has = voter === self ? known(origins, name)?.have : known(known(peers, voter)?.has ?? {}, name);
    return has !== undefined && includes(has, sequence);
  });
  return holders.length >= majority(voters.length);
}
