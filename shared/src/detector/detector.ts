import {
  compareIds,
  type Effect,
  type NodeId,
  type Observation,
  type Process,
  type ProcessEvent,
} from '../core/index.js';
import { awakeAt, beginGrace } from './awake.js';
import { onHeartbeat, onHeartbeatTimeout, onSignOfLife } from './heartbeat.js';
import { defend, onPersisted, recoverIncarnation } from './incarnation.js';
import { isAnswerAwaited, judge, onLinkLost, onRefused } from './judging.js';
import { onPeerDown, onPeerUp } from './links.js';
import { learn } from './members.js';
import type { Ack, DetectorMessage, Ping, PingReq, PingReqResponse } from './messages.js';
import type { DetectorOptions } from './options.js';
import { createState, type DetectorState } from './state.js';
import { heartbeatTimer, judgeTimer, type Step, send } from './step.js';
import { chooseWatched } from './watching.js';

/** The failure detector: indicates `Suspicion`s. */
export const detector: Process<DetectorState, DetectorMessage, DetectorOptions> = {
  create: createState,
  step,
  observe,
};

function step(state: DetectorState, event: ProcessEvent<DetectorMessage>): Effect<DetectorMessage>[] {
  const current: Step = { state, now: awakeAt(state, event.now), effects: [] };
  if (event.type === 'timeout' && event.timer === judgeTimer) state.judgeDueAt = null;
  if (event.type === 'start') recoverIncarnation(current, event.disk);
  else if (event.type === 'persisted') {
    if (onPersisted(current, event.write)) begin(current);
  } else if (state.incarnation.current > 0) handle(current, event);
  else noteLinks(current, event);
  if (state.incarnation.current > 0 && mayCondemn(event)) judge(current);
  return current.effects;
}

/** A message but for a refusal ends silences or says what others hold: what is to be judged later, the next heartbeat sees. */
function mayCondemn(event: ProcessEvent<DetectorMessage>): boolean {
  return event.type !== 'deliver' || event.message.type === 'pingReqResponse';
}

/** The first words of a life: its incarnation is durable now. */
function begin(step: Step): void {
  step.state.rotateAt = step.now + step.state.options.rotateMs;
  chooseWatched(step);
  onHeartbeatTimeout(step);
}

function noteLinks({ state }: Step, event: ProcessEvent<DetectorMessage>): void {
  if (event.type === 'peerUp') delete state.unlinked[event.peer];
  if (event.type === 'peerDown' && Object.hasOwn(state.members, event.peer))
    state.unlinked[event.peer] = true;
}

function handle(step: Step, event: ProcessEvent<DetectorMessage>): void {
  switch (event.type) {
    case 'deliver':
      return onDeliver(step, event.from, event.message);
    case 'timeout':
      if (event.timer === heartbeatTimer) onHeartbeatTimeout(step);
      return;
    case 'peerUp':
      return onPeerUp(step, event.peer);
    case 'peerDown':
      return onPeerDown(step, event.peer);
    case 'connectFailed':
      return onLinkLost(step, event.peer);
    case 'clockJumped':
      return beginGrace(step.state, step.now);
    // It serves no requests, has no store, and stands on nothing.
    default:
      return;
  }
}

function onDeliver(step: Step, from: NodeId, message: DetectorMessage): void {
  const { incarnation, accuses, updates } = message;
  onSignOfLife(step, from);
  learn(step, { node: from, status: 'alive', incarnation });
  for (const update of updates) learn(step, update);
  if (accuses !== null) defend(step, accuses);
  switch (message.type) {
    case 'ping':
      return onPing(step, from, message);
    case 'ack':
      return onAck(step, from, message);
    case 'pingReq':
      return onPingReq(step, from, message);
    case 'pingReqResponse':
      return onPingReqResponse(step, from, message);
  }
}

function onPing(step: Step, from: NodeId, { sequence, onBehalfOf }: Ping): void {
  send(step, from, { type: 'ack', sequence, onBehalfOf });
}

/** A helper keeps nothing of what it was asked: the answer says whom to tell. */
function onAck(step: Step, from: NodeId, { sequence, onBehalfOf }: Ack): void {
  if (onBehalfOf === null) return onHeartbeat(step, from, sequence);
  if (!Object.hasOwn(step.state.members, onBehalfOf)) return;
  send(step, onBehalfOf, { type: 'pingReqResponse', sequence, target: from, reached: true });
}

function onPingReq(step: Step, from: NodeId, { sequence, target }: PingReq): void {
  const { members, unlinked, self } = step.state;
  const canAsk = Object.hasOwn(members, target) && !Object.hasOwn(unlinked, target);
  if (canAsk) send(step, target, { type: 'ping', sequence, onBehalfOf: from });
  else send(step, from, { type: 'pingReqResponse', sequence, target, reached: target === self });
}

function onPingReqResponse(step: Step, from: NodeId, { sequence, target, reached }: PingReqResponse): void {
  if (!reached) onRefused(step, from, target, sequence);
  else if (isAnswerAwaited(step, target, sequence)) onSignOfLife(step, target);
}

function observe(state: DetectorState): Observation {
  const named = (isNamed: (node: NodeId) => boolean): string =>
    Object.keys(state.members).filter(isNamed).sort(compareIds).join(' ');
  return {
    role: 'detector',
    reign: 0,
    leader: null,
    firstIndex: 1,
    lastIndex: 0,
    commitIndex: 0,
    appliedIndex: 0,
    logReigns: [],
    detail: {
      incarnation: state.incarnation.current,
      members: Object.keys(state.members).length,
      watched: Object.keys(state.watches).length,
      suspected: named((node) => state.members[node]?.isSuspected === true),
      confirmed: named((node) => state.members[node]?.status === 'confirmed'),
    },
  };
}
