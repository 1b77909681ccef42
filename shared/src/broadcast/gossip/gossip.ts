import type { Effect, Process, ProcessEvent } from '../../core/index.js';
import { onPeer, onRumour, spread } from './fan-out/fan-out.js';
import {
  onMembershipMessage,
  onMembershipTimeout,
  onPeerDown,
  onPeerUp,
  startMembership,
} from './hyparview/hyparview.js';
import { forgive } from './hyparview/keepalives.js';
import type { Broadcast, GossipMessage, MembershipMessage, TreeMessage } from './messages.js';
import { observe } from './observe.js';
import type { GossipOptions } from './options.js';
import { setAntiEntropyTimer } from './plumtree/anti-entropy.js';
import { followMembership, onTreeMessage, onTreeTimeout } from './plumtree/plumtree.js';
import { broadcast } from './plumtree/push.js';
import { accept, claimIncarnation, onIncarnationDurable } from './receipt/origin.js';
import { onGapsTimeout } from './receipt/receive.js';
import { createState, type FanOutState, type GossipState, type OverlayState } from './state.js';
import { type FanOutStep, type OverlayStep, type Step, timers } from './step.js';

/** A node of gossip broadcast: runs on each tab of the run. */
export const gossipServer: Process<GossipState, GossipMessage, GossipOptions> = {
  create: createState,
  step,
  observe,
};

function step(state: GossipState, event: ProcessEvent<GossipMessage>): Effect<GossipMessage>[] {
  const effects: Effect<GossipMessage>[] = [];
  if (state.kind === 'fan-out') handleFanOut({ state, now: event.now, effects, changes: [] }, event);
  else handleOverlay({ state, now: event.now, effects, changes: [] }, event);
  return effects;
}

function handleOverlay(step: OverlayStep, event: ProcessEvent<GossipMessage>): void {
  for (const message of broadcastsOf(step, event)) broadcast(step, message);
  switch (event.type) {
    case 'start':
      startMembership(step);
      setAntiEntropyTimer(step);
      break;
    case 'deliver':
      onDeliver(step, event.from, event.message);
      break;
    case 'timeout':
      if (!onMembershipTimeout(step, event.timer)) onTreeTimeout(step, event.timer);
      break;
    case 'peerUp':
      onPeerUp(step, event.peer);
      break;
    case 'peerDown':
    case 'connectFailed':
      onPeerDown(step, event.peer);
      break;
    case 'clockJumped':
      forgive(step);
      break;
    default:
      break;
  }
  followMembership(step);
}

function onDeliver(step: OverlayStep, from: string, message: GossipMessage): void {
  if (from === step.state.self) return;
  if (isAboutMembership(message)) onMembershipMessage(step, from, message);
  else onTreeMessage(step, from, message);
}

function isAboutMembership(message: GossipMessage): message is Exclude<GossipMessage, TreeMessage> {
  return membershipTypes.has(message.type);
}

const membershipTypes: ReadonlySet<string> = new Set<MembershipMessage['type']>([
  'join',
  'forwardJoin',
  'neighbor',
  'neighborReply',
  'disconnect',
  'keepalive',
  'shuffle',
  'shuffleReply',
]);

function handleFanOut(step: FanOutStep, event: ProcessEvent<GossipMessage>): void {
  for (const message of broadcastsOf(step, event)) spread(step, message, 0);
  switch (event.type) {
    case 'deliver':
      if (event.message.type === 'gossip') onRumour(step, event.message);
      return;
    case 'peerUp':
    case 'peerDown':
      return onPeer(step, event.peer, event.type === 'peerUp');
    default:
      return;
  }
}

/** What both kinds of node do alike: incarnations, and what its own user broadcasts, which is answered with. */
function broadcastsOf(
  step: Step<OverlayState> | Step<FanOutState>,
  event: ProcessEvent<GossipMessage>,
): readonly Broadcast[] {
  switch (event.type) {
    case 'start':
      claimIncarnation(step, event.disk);
      return [];
    case 'persisted':
      return onIncarnationDurable(step, event.write);
    case 'propose': {
      const message = accept(step, event.request, event.operation);
      return message === null ? [] : [message];
    }
    case 'read':
    case 'control':
      step.effects.push({ type: 'refuse', request: event.request, error: 'unsupported' });
      return [];
    case 'timeout':
      if (event.timer === timers.gaps) onGapsTimeout(step);
      return [];
    default:
      return [];
  }
}
