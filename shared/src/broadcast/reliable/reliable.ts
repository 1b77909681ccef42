import type { Effect, NodeId, Process, ProcessEvent, RequestId } from '../../core/index.js';
import {
  onDigest,
  onDropped,
  onSyncTimeout,
  sendDigest,
  setSyncTimer,
  syncTimer,
  tellDropped,
  waitsInVain,
} from './anti-entropy.js';
import { broadcast, markAll, onPersisted, receive, undelivered } from './delivery.js';
import {
  acknowledge,
  give,
  giveAll,
  learnHoldings,
  lookAgain,
  retransmit,
  retransmitTimer,
} from './links.js';
import type { ReliableMessage } from './messages.js';
import { observe } from './observe.js';
import type { ReliableOptions } from './options.js';
import { deliveriesOf, recover } from './recovery.js';
import { createState, isSuspected, known, type ReliableState } from './state.js';
import { note, peerOf, record, type Step } from './step.js';

/** Reliable broadcast, plain or uniform: one Process on each node that takes part in the run. */
export const reliableServer: Process<ReliableState, ReliableMessage, ReliableOptions> = {
  create: createState,
  step,
  observe,
};

function step(state: ReliableState, event: ProcessEvent<ReliableMessage>): Effect<ReliableMessage>[] {
  const current: Step = { state, now: event.now, effects: [], ops: null };
  handle(current, event);
  setRetransmitTimer(current);
  return current.effects;
}

function handle(step: Step, event: ProcessEvent<ReliableMessage>): void {
  const { state, effects } = step;
  switch (event.type) {
    case 'start':
      recover(state, event.disk);
      return onStart(step);
    case 'propose':
      return onPropose(step, event.request, event.operation);
    case 'read':
    case 'control':
      effects.push({ type: 'refuse', request: event.request, error: 'unsupported' });
      return;
    case 'deliver':
      return onDeliver(step, event.from, event.message);
    case 'persisted':
      return onPersisted(step, event.write);
    case 'peerUp':
    case 'peerDown':
      return onLink(step, event.peer, event.type === 'peerUp');
    case 'suspect':
    case 'trust':
      return onSuspicion(step, event.node, event.type === 'suspect');
    case 'timeout':
      if (event.timer === syncTimer) return onSyncTimeout(step);
      if (event.timer === retransmitTimer) onRetransmitTimeout(step);
      return;
    default:
      // There is no store to apply to, and time that has passed only makes things due that are due anyway.
      return;
  }
}

/** A new life begins with a new incarnation, and with what the disk says was delivered in earlier ones. */
function onStart(step: Step): void {
  const { state, effects } = step;
  state.incarnation += 1;
  state.changedAtMs = step.now;
  record(step, { kind: 'set', key: 'incarnation', value: state.incarnation });
  const deliveries = deliveriesOf(state);
  if (deliveries.length > 0) effects.push({ type: 'indicate', output: { type: 'recovery', deliveries } });
  for (const peer of Object.keys(state.peers)) effects.push({ type: 'connect', peer });
  setSyncTimer(step);
}

function onPropose(step: Step, request: RequestId, payload: Uint8Array): void {
  const { state, effects } = step;
  if (payload.length > state.options.payloadBytesMax) {
    effects.push({ type: 'refuse', request, error: 'too-large' });
  } else if (pendingOf(state) >= state.options.pendingMax) {
    effects.push({ type: 'refuse', request, error: 'busy' });
  } else {
    broadcast(step, request, payload);
  }
}

/** Own broadcasts that somebody who can be reached has yet to acknowledge, or, where deliveries are uniform, a majority. */
function pendingOf(state: ReliableState): number {
  const { self, peers, options, lastSequence, origins } = state;
  let slowest = lastSequence;
  for (const [node, { has }] of Object.entries(peers)) {
    if (!isSuspected(state, node)) slowest = Math.min(slowest, known(has, self)?.upTo ?? 0);
  }
  const delivered = known(origins, self)?.delivered.upTo ?? 0;
  const written = known(origins, self)?.have.upTo ?? 0;
  return lastSequence - Math.min(slowest, options.uniform ? delivered : written);
}

function onDeliver(step: Step, from: NodeId, message: ReliableMessage): void {
  const { state } = step;
  const peer = peerOf(state, from);
  if (peer === null) return;
  switch (message.type) {
    case 'broadcast':
    case 'relay':
      receive(step, from, message.messages);
      return acknowledge(step, false);
    case 'acknowledge':
      learnHoldings(state, peer, message.holdings);
      give(step, from, peer);
      return markAll(step);
    case 'digest':
      onDigest(step, from, peer, message);
      return markAll(step);
    case 'dropped':
      onDropped(step, peer, message);
      return acknowledge(step, false);
  }
}

/** Who comes back may lack what it had been sent, and tells what it has; who has gone away is suspected. */
function onLink(step: Step, node: NodeId, isUp: boolean): void {
  const peer = peerOf(step.state, node);
  if (peer === null) return;
  step.state.changedAtMs = step.now;
  peer.isUp = isUp;
  peer.isSynced = false;
  peer.unacknowledged = [];
  peer.tries = 0;
  lookAgain(peer);
  if (isUp) sendDigest(step, node, true);
  else if (!peer.isSuspected) onSuspected(step, node);
}

function onSuspicion(step: Step, node: NodeId, isSuspect: boolean): void {
  const peer = peerOf(step.state, node);
  if (peer === null || peer.isSuspected === isSuspect) return;
  step.state.changedAtMs = step.now;
  peer.isSuspected = isSuspect;
  if (isSuspect && peer.isUp) onSuspected(step, node);
}

/** Algorithm 3.2: whatever this node has of one that may have crashed, it relays to those that lack it. */
function onSuspected(step: Step, node: NodeId): void {
  const { state } = step;
  const messages = Object.keys(known(state.origins, node)?.messages ?? {}).length;
  if (messages > 0) note(step, 'relays-for-suspected', { origin: node, messages });
  for (const peer of Object.values(state.peers)) lookAgain(peer);
  giveAll(step);
}

function onRetransmitTimeout(step: Step): void {
  const { state } = step;
  state.isTimerSet = false;
  const waits = state.options.uniform && isWaiting(state);
  for (const [node, peer] of Object.entries(state.peers)) {
    retransmit(step, node, peer);
    // What the store has dropped while it was under way leaves room in the window, of which no answer will tell.
    give(step, node, peer);
    // Its digest was lost, or its acknowledgement of what is to be delivered.
    const isAsked = !peer.isSynced || (waits && state.voters.includes(node));
    if (peer.isUp && isAsked) sendDigest(step, node, true);
    if (peer.isUp && waitsInVain(state, peer)) tellDropped(step, node, peer);
  }
}

function isWaiting({ origins }: ReliableState): boolean {
  return Object.values(origins).some((origin) => undelivered(origin).length > 0);
}

/** Runs while somebody who can be reached owes an answer. */
function setRetransmitTimer(step: Step): void {
  const { state } = step;
  if (state.isTimerSet) return;
  const isOwed = Object.values(state.peers).some(
    (peer) => peer.isUp && (!peer.isSynced || peer.unacknowledged.length > 0 || waitsInVain(state, peer)),
  );
  if (!isOwed && !(state.options.uniform && isWaiting(state))) return;
  state.isTimerSet = true;
  step.effects.push({ type: 'setTimer', timer: retransmitTimer, afterMs: state.options.retransmitMs });
}
