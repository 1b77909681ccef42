import { type NodeId, nextInt } from '../../../core/index.js';
import type { Broadcast, Gossip } from '../messages.js';
import { receive } from '../receipt/receive.js';
import type { FanOutState } from '../state.js';
import { type FanOutStep, remove, send } from '../step.js';

/** Infect and die: whoever hears of a message for the first time tells a few others, drawn at random, once. */
export function spread(step: FanOutStep, message: Broadcast, round: number): void {
  if (!receive(step, message, round)) return;
  const gossip: Gossip = { type: 'gossip', message, round, isRepair: false };
  for (const node of drawPeers(step.state)) send(step, node, gossip);
}

export function onRumour(step: FanOutStep, { message, round }: Gossip): void {
  spread(step, message, round + 1);
}

export function onPeer({ state }: FanOutStep, peer: NodeId, up: boolean): void {
  remove(state.linked, peer);
  remove(state.down, peer);
  if (up) state.linked.push(peer);
  else if (state.contacts.includes(peer)) state.down.push(peer);
}

/** ln N + c of the others, each at most once; N counts this node. With c, all are reached with chance e^(-e^(-c)). */
function drawPeers(state: FanOutState): readonly NodeId[] {
  const { self, options, contacts, linked, down, random } = state;
  const among = options.fanOutAmong === 'links' ? linked : contacts;
  const gone = options.fanOutAmong === 'links' ? [] : down;
  const others = among.length - (among.includes(self) ? 1 : 0) - gone.length;
  const count = Math.min(others, Math.ceil(Math.log(others + 1) + options.fanOutExtra));
  const drawn: NodeId[] = [];
  // Of thousands a few are drawn: again where it was one already.
  while (drawn.length < count) {
    const node = among[nextInt(random, 0, among.length - 1)];
    if (node === undefined || node === self || drawn.includes(node) || gone.includes(node)) continue;
    drawn.push(node);
  }
  return drawn;
}
