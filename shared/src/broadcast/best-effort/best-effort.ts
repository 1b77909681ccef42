import {
  assert,
  type Effect,
  type NodeId,
  noLog,
  type Observation,
  type Process,
  type ProcessEvent,
  type RequestId,
} from '../../core/index.js';
import { encodeAccepted } from '../common/accepted.js';
import { readIncarnation, writeIncarnation } from '../common/incarnation.js';
import { deliveredShown } from '../common/observe.js';
import { add, advance, createReceived } from '../common/received.js';
import type { Acknowledge, BestEffortMessage, Broadcast } from './messages.js';
import type { BestEffortOptions } from './options.js';
import {
  type BestEffortState,
  createPeer,
  createState,
  type Origin,
  type Peer,
  type Pending,
} from './state.js';

/** One step under way: the state it changes, when it happens, and the effects so far. */
type Step = {
  readonly state: BestEffortState;
  readonly now: number;
  readonly effects: Effect<BestEffortMessage>[];
};

/** Nodes that are remembered, as receivers and as origins; a tab has no more links. */
const nodesMax = 256;
/** Broadcasts that wait for the incarnation to be durable; beyond, `busy`. */
const waitingMax = 256;
const retransmitTimer = 'retransmit';
const incarnationWrite = 1;

/**
 * Best-effort broadcast (Cachin, Guerraoui, Rodrigues: module 3.1, algorithm 3.1 "Basic Broadcast") over perfect links
 * (module 2.3), which are made of lossy ones by sending again and by knowing duplicates (algorithms 2.1 and 2.2). The sender
 * alone is responsible: what it had not sent to all when it crashes, some will never have.
 */
export const bestEffortServer: Process<BestEffortState, BestEffortMessage, BestEffortOptions> = {
  create: createState,
  step,
  observe,
};

function step(state: BestEffortState, event: ProcessEvent<BestEffortMessage>): Effect<BestEffortMessage>[] {
  const current: Step = { state, now: event.now, effects: [] };
  handle(current, event);
  return current.effects;
}

function handle(step: Step, event: ProcessEvent<BestEffortMessage>): void {
  const { state, effects } = step;
  switch (event.type) {
    case 'start':
      state.incarnation = readIncarnation(event.disk) + 1;
      effects.push(writeIncarnation(incarnationWrite, state.incarnation));
      for (const peer of Object.keys(state.peers)) effects.push({ type: 'connect', peer });
      return;
    case 'persisted':
      return onIncarnationDurable(step);
    case 'propose':
      return onPropose(step, event.request, event.operation);
    case 'read':
    case 'control':
      effects.push({ type: 'refuse', request: event.request, error: 'unsupported' });
      return;
    case 'deliver':
      if (event.message.type === 'broadcast') return onBroadcast(step, event.from, event.message);
      return onAcknowledge(step, event.from, event.message);
    case 'peerUp':
      return onPeerUp(step, event.peer);
    case 'peerDown':
      return onPeerDown(state, event.peer);
    case 'timeout':
      state.isTimerSet = false;
      for (const node of Object.keys(state.peers)) sendPending(step, node);
      return setTimer(step);
    default:
      // There is no store and no log, and nothing is expected of others that a suspicion would change.
      return;
  }
}

function onIncarnationDurable(step: Step): void {
  const { state } = step;
  state.isIncarnationDurable = true;
  for (const { request, payload } of state.waiting.splice(0)) broadcast(step, request, payload);
}

function onPropose(step: Step, request: RequestId, payload: Uint8Array): void {
  const { state, effects } = step;
  const { waiting, options } = state;
  if (payload.length > options.payloadBytesMax) {
    effects.push({ type: 'refuse', request, error: 'too-large' });
  } else if (state.isIncarnationDurable) {
    broadcast(step, request, payload);
  } else if (waiting.length < waitingMax) {
    waiting.push({ request, payload });
  } else {
    effects.push({ type: 'refuse', request, error: 'busy' });
  }
}

/** Algorithm 3.1: sends it to all, oneself included. */
function broadcast(step: Step, request: RequestId, payload: Uint8Array): void {
  const { state, effects } = step;
  state.lastSequence += 1;
  const id = { origin: state.self, incarnation: state.incarnation, sequence: state.lastSequence };
  effects.push({ type: 'indicate', output: { type: 'delivery', ...id, payload } });
  effects.push({ type: 'reply', request, result: encodeAccepted(id) });
  for (const [node, peer] of Object.entries(state.peers)) {
    if (state.options.retransmitMs === 0) {
      sendOnce(step, node, peer, id.sequence, payload);
      continue;
    }
    peer.pending.push({ sequence: id.sequence, payload, sentAtMs: null });
    giveUpBeyond(step, node, peer);
    sendPending(step, node);
  }
  setTimer(step);
}

/** Without links that send again: what is not received now never is. */
function sendOnce(step: Step, to: NodeId, { isUp }: Peer, sequence: number, payload: Uint8Array): void {
  const { incarnation } = step.state;
  const message: Broadcast = { type: 'broadcast', incarnation, sequence, base: 1, payload };
  if (isUp) step.effects.push({ type: 'send', to, message });
}

function giveUpBeyond(step: Step, node: NodeId, { pending }: Peer): void {
  const { options } = step.state;
  while (pending.length > options.pendingMax) {
    const oldest = pending.shift();
    assert(oldest !== undefined, 'what is beyond the bound is there');
    step.state.givenUp += 1;
    const data = { to: node, incarnation: step.state.incarnation, sequence: oldest.sequence };
    step.effects.push({ type: 'note', code: 'broadcast-given-up', data });
  }
}

/** Algorithm 2.1 with a window: what was not acknowledged in time goes again, and further messages as there is room. */
function sendPending(step: Step, to: NodeId): void {
  const { peers, options } = step.state;
  const peer = peers[to];
  if (peer?.isUp !== true) return;
  for (const message of peer.pending.slice(0, options.windowMax)) {
    const { sentAtMs } = message;
    if (sentAtMs === null || step.now - sentAtMs >= options.retransmitMs) transmit(step, to, peer, message);
  }
}

function transmit(step: Step, to: NodeId, { pending }: Peer, message: Pending): void {
  const { incarnation } = step.state;
  const { sequence, payload } = message;
  const base = pending[0]?.sequence ?? sequence;
  message.sentAtMs = step.now;
  step.effects.push({
    type: 'send',
    to,
    message: { type: 'broadcast', incarnation, sequence, base, payload },
  });
}

/** Runs while somebody who can be reached owes an acknowledgement. */
function setTimer(step: Step): void {
  const { state } = step;
  if (state.isTimerSet || !Object.values(state.peers).some(({ isUp, pending }) => isUp && pending.length > 0))
    return;
  state.isTimerSet = true;
  step.effects.push({ type: 'setTimer', timer: retransmitTimer, afterMs: state.options.retransmitMs });
}

function onBroadcast(step: Step, from: NodeId, message: Broadcast): void {
  const { state, effects } = step;
  const { incarnation, sequence, base, payload } = message;
  const origin = originOf(state, from, incarnation);
  // Of an incarnation that has ended nobody asks an acknowledgement any more, and nothing is known of what it had sent.
  if (origin === null) return;
  const isOnce = state.options.retransmitMs === 0;
  if (isOnce) advance(origin.received, sequence - windowWithoutLinks);
  else advance(origin.received, base - 1);
  if (sequence > origin.received.upTo + windowLimit) return;
  if (!isOnce) {
    const acknowledge: Acknowledge = { type: 'acknowledge', incarnation, sequence };
    effects.push({ type: 'send', to: from, message: acknowledge });
  }
  if (!add(origin.received, sequence)) return;
  origin.delivered += 1;
  effects.push({
    type: 'indicate',
    output: { type: 'delivery', origin: from, incarnation, sequence, payload },
  });
}

/** The largest window that options allow: no honest sender is further ahead of what it was acknowledged. */
const windowLimit = 1_024;
/** Where nothing is sent again, a number this far behind comes no more. */
const windowWithoutLinks = 256;

/** What is known of this incarnation of an origin; null when a later one has been heard already. */
function originOf({ origins, peers }: BestEffortState, node: NodeId, incarnation: number): Origin | null {
  const known = Object.hasOwn(origins, node) ? origins[node] : undefined;
  if (known !== undefined && known.incarnation > incarnation) return null;
  if (known?.incarnation === incarnation) return known;
  if (known === undefined) forgetBeyond(origins, (other) => peers[other]?.isUp !== true);
  const origin: Origin = { incarnation, received: createReceived(), delivered: known?.delivered ?? 0 };
  origins[node] = origin;
  return origin;
}

function onAcknowledge(step: Step, from: NodeId, { incarnation, sequence }: Acknowledge): void {
  const { state } = step;
  const peer = Object.hasOwn(state.peers, from) ? state.peers[from] : undefined;
  if (peer === undefined || incarnation !== state.incarnation) return;
  const at = peer.pending.findIndex((message) => message.sequence === sequence);
  if (at < 0) return;
  peer.pending.splice(at, 1);
  sendPending(step, from);
}

function onPeerUp(step: Step, node: NodeId): void {
  const { peers } = step.state;
  if (!Object.hasOwn(peers, node)) forgetBeyond(peers, (other) => peers[other]?.isUp !== true);
  const peer = peers[node] ?? createPeer();
  peers[node] = peer;
  peer.isUp = true;
  // Whoever comes back may have lost what was under way.
  for (const message of peer.pending) message.sentAtMs = null;
  sendPending(step, node);
  setTimer(step);
}

function onPeerDown({ peers }: BestEffortState, node: NodeId): void {
  const peer = Object.hasOwn(peers, node) ? peers[node] : undefined;
  if (peer !== undefined) peer.isUp = false;
}

/** Makes room for one more, at the cost of the first that may go. */
function forgetBeyond(records: { [node: NodeId]: unknown }, mayGo: (node: NodeId) => boolean): void {
  const nodes = Object.keys(records);
  if (nodes.length < nodesMax) return;
  const oldest = nodes.find(mayGo) ?? nodes[0];
  if (oldest !== undefined) delete records[oldest];
}

function observe(state: BestEffortState): Observation {
  const { self, lastSequence, origins, peers, givenUp, incarnation } = state;
  const counts = Object.entries(origins).map(([node, { delivered }]): [NodeId, number] => [node, delivered]);
  const pending = Object.values(peers).reduce((sum, peer) => sum + peer.pending.length, 0);
  return {
    ...noLog,
    role: 'member',
    detail: {
      incarnation,
      broadcast: lastSequence,
      pending,
      givenUp,
      ...deliveredShown([[self, lastSequence], ...counts]),
    },
  };
}
