import type { NodeId } from '../../../core/index.js';
import type { ForwardJoin, Shuffle, ShuffleReply } from '../messages.js';
import { isActive } from '../state.js';
import { jittered, type OverlayStep, oneOf, sample, send, setTimer, timers } from '../step.js';
import { requestNeighbour } from './neighbours.js';
import { addPassive } from './views.js';

/** Algorithm 1, Receive(FORWARDJOIN). */
export function onForwardJoin(step: OverlayStep, from: NodeId, message: ForwardJoin): void {
  const { self, membership, options } = step.state;
  const { newNode } = message;
  const timeToLive = Math.min(message.timeToLive, options.activeWalkLength);
  if (newNode === self) return;
  if (timeToLive === 0 || membership.active.length <= 1) {
    requestNeighbour(step, newNode, 'high');
    return;
  }
  if (timeToLive === options.passiveWalkLength) addPassive(step, newNode);
  const next = nextOfWalk(step, [from, newNode]);
  if (next === null) requestNeighbour(step, newNode, 'high');
  else send(step, next, { type: 'forwardJoin', newNode, timeToLive: timeToLive - 1 });
}

function nextOfWalk({ state }: OverlayStep, except: readonly NodeId[]): NodeId | null {
  const { random, active } = state.membership;
  return oneOf(
    random,
    active.map(({ node }) => node).filter((node) => !except.includes(node)),
  );
}

export function setShuffleTimer(step: OverlayStep): void {
  const { membership, options } = step.state;
  setTimer(step, timers.shuffle, jittered(membership.random, options.shuffleMs));
}

/** Passive view management: sends itself and a few of both views for a walk. */
export function onShuffleTimeout(step: OverlayStep): void {
  const { self, membership, options } = step.state;
  setShuffleTimer(step);
  const { random, active, passive } = membership;
  const target = nextOfWalk(step, []);
  if (target === null) return;
  const neighbours = active.map(({ node }) => node).filter((node) => node !== target);
  const nodes = [
    self,
    ...sample(random, neighbours, options.shuffleActive),
    ...sample(random, passive, options.shufflePassive),
  ];
  const shuffle = membership.nextShuffle;
  membership.nextShuffle += 1;
  membership.shuffle = { id: shuffle, nodes };
  send(step, target, {
    type: 'shuffle',
    shuffle,
    timeToLive: options.activeWalkLength,
    path: [self],
    nodes,
  });
}

export function onShuffle(step: OverlayStep, from: NodeId, message: Shuffle): void {
  const { self, membership, options } = step.state;
  const { shuffle, path, nodes } = message;
  if (path.at(-1) !== from || path.includes(self)) return;
  const timeToLive = Math.min(message.timeToLive, options.activeWalkLength) - 1;
  const next = timeToLive > 0 && membership.active.length > 1 ? nextOfWalk(step, path) : null;
  if (next !== null) {
    send(step, next, { type: 'shuffle', shuffle, timeToLive, path: [...path, self], nodes });
    return;
  }
  const answer = sample(membership.random, membership.passive, nodes.length);
  sendBack(step, { type: 'shuffleReply', shuffle, path, nodes: answer });
  integrate(step, nodes, answer);
}

/** One of the nodes on the way back hands it on; the one that began takes what it holds. */
export function onShuffleReply(step: OverlayStep, message: ShuffleReply): void {
  const { self, membership } = step.state;
  const { shuffle, path, nodes } = message;
  if (path.at(-1) !== self) return;
  const left = path.slice(0, -1);
  if (left.length > 0) return sendBack(step, { type: 'shuffleReply', shuffle, path: left, nodes });
  // Answers that nobody asked for would fill the view with whatever their sender likes.
  if (membership.shuffle?.id !== shuffle) return;
  const { nodes: sent } = membership.shuffle;
  membership.shuffle = null;
  integrate(step, nodes, sent);
}

function sendBack(step: OverlayStep, message: ShuffleReply): void {
  const to = message.path.at(-1);
  if (to !== undefined) send(step, to, message);
}

function integrate(step: OverlayStep, nodes: readonly NodeId[], sent: readonly NodeId[]): void {
  for (const node of nodes) {
    if (!isActive(step.state.membership, node)) addPassive(step, node, sent);
  }
}
