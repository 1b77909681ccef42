import { type GossipMessage, gossip } from '@quorate/shared/broadcast/gossip';
import { type Delivery, type Effect, isDelivery, type NodeId, type ProcessEvent } from '@quorate/shared/core';
import type { OverlayPage } from './page.js';

/** The longest payload of one broadcast, in bytes. */
export const payloadBytesMax = 64 * 1024;

/** Broadcasts that wait for a neighbour; the oldest goes first. */
const waitingMax = 64;

/**
 * The paper's views and walks. Times are longer than the lab's: links tell by themselves when they end, setting one up takes
 * seconds on a busy machine, and a page's timers stand still for a second where nobody looks at it. All tabs send over one tree: what
 * would shorten it for one lengthens it for others, so that to optimise it never ends. Digests are the room's own
 * (`anti-entropy.ts`), and traces have keyframes: what was told long ago is not told again.
 */
const options = gossip.parseOptions({
  shuffleMs: 10_000,
  keepaliveMs: 5_000,
  neighborTimeoutMs: 30_000,
  repairMs: 8_000,
  lazyPushMs: 200,
  ihaveTimeoutMs: 2_000,
  graftTimeoutMs: 1_000,
  optimizationThreshold: 0,
  antiEntropyMs: 0,
  storedMessagesMax: 1_024,
  storedBytesMax: 2 * 1024 * 1024,
  payloadBytesMax,
});

export type RoomOverlayContext = OverlayPage & {
  readonly self: NodeId;
  readonly send: (to: NodeId, message: GossipMessage) => void;
  /** What another tab has broadcast, once each. */
  readonly onDelivery: (delivery: Delivery) => void;
  /** Whether a tab is there, as far as this one knows. */
  readonly isHere: (peer: NodeId) => boolean;
  /** Other links are wished for than before. */
  readonly onWishes: () => void;
};

/**
 * The room's own gossip: Plumtree over HyParView, the very Process that the lab shows, on the page's clock and the mesh's links.
 * It needs no disk, since its incarnation is given.
 */
export class RoomOverlay {
  /** The links that HyParView asks for: its active view, and those whom it asks to come into it. */
  readonly wished = new Set<NodeId>();
  readonly #context: RoomOverlayContext;
  readonly #process = gossip.instances.server.process;
  readonly #state;
  readonly #timers = new Map<string, () => void>();
  readonly #events: ProcessEvent<GossipMessage>[] = [];
  /** Broadcasts that wait for the first neighbour. */
  readonly #waiting: Uint8Array[] = [];
  #isStepping = false;
  #isStopped = false;

  constructor(context: RoomOverlayContext) {
    const { self, seed, incarnation, scheduler } = context;
    this.#context = context;
    this.#state = this.#process.create({ self, run: 'room', voters: [], options, seed });
    const disk = { values: { incarnation: incarnation - 1 }, log: [], snapshot: null };
    this.#take({ type: 'start', now: scheduler.now(), disk });
  }

  get isAlone(): boolean {
    return this.#state.kind === 'overlay' && this.#state.membership.active.length === 0;
  }

  /** Tells it to every tab, once there is a neighbour. A payload of more than `payloadBytesMax` is none. */
  broadcast(payload: Uint8Array): void {
    if (payload.length > payloadBytesMax) throw new RangeError(`a payload of ${payload.length} bytes`);
    this.#waiting.push(payload);
    if (this.#waiting.length > waitingMax) this.#waiting.shift();
    this.#tellWaiting();
  }

  receive(from: NodeId, message: GossipMessage): void {
    this.#take({ type: 'deliver', now: this.#now(), from, message });
  }

  peer(peer: NodeId, isUp: boolean): void {
    this.#take({ type: isUp ? 'peerUp' : 'peerDown', now: this.#now(), peer });
  }

  /** What was broadcast while nobody was there to hear it. */
  #tellWaiting(): void {
    if (this.isAlone) return;
    for (const payload of this.#waiting.splice(0))
      this.#take({ type: 'propose', now: this.#now(), request: 0, operation: payload });
  }

  stop(): void {
    this.#isStopped = true;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #now(): number {
    return this.#context.scheduler.now();
  }

  /** One event after the other: what an effect brings about waits until its step has been carried out whole. */
  #take(event: ProcessEvent<GossipMessage>): void {
    if (this.#isStopped) return;
    this.#events.push(event);
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift())
        for (const effect of this.#process.step(this.#state, next)) this.#carryOut(effect);
    } finally {
      this.#isStepping = false;
    }
    if (this.#waiting.length > 0) this.#tellWaiting();
  }

  #carryOut(effect: Effect<GossipMessage>): void {
    const { send, onDelivery, onWishes, isHere, self } = this.#context;
    switch (effect.type) {
      case 'send':
        return send(effect.to, effect.message);
      case 'persist':
        // The incarnation alone, which no page will claim again.
        return this.#take({ type: 'persisted', now: this.#now(), write: effect.write });
      case 'setTimer':
        return this.#setTimer(effect.timer, effect.afterMs);
      case 'cancelTimer':
        return this.#cancelTimer(effect.timer);
      case 'connect':
        // A link that does not come up may still be on its way; nobody need wait for one to a tab that has gone.
        if (!isHere(effect.peer))
          return this.#take({ type: 'connectFailed', now: this.#now(), peer: effect.peer });
        this.wished.add(effect.peer);
        return onWishes();
      case 'disconnect':
        this.wished.delete(effect.peer);
        return onWishes();
      case 'indicate':
        if (isDelivery(effect.output) && effect.output.origin !== self) onDelivery(effect.output);
        return;
      default:
        // Answers to `broadcast`, and notes for a trace that nobody keeps.
        return;
    }
  }

  #setTimer(timer: string, afterMs: number): void {
    this.#cancelTimer(timer);
    const cancel = this.#context.scheduler.after(afterMs, () => {
      this.#timers.delete(timer);
      this.#take({ type: 'timeout', now: this.#now(), timer });
    });
    this.#timers.set(timer, cancel);
  }

  #cancelTimer(timer: string): void {
    this.#timers.get(timer)?.();
    this.#timers.delete(timer);
  }
}
