import {
  type Delivery,
  type Effect,
  emptyDisk,
  isDelivery,
  type NodeId,
  type ProcessEvent,
} from '../../../core/index.js';
import { gossipServer } from '../gossip.js';
import { GossipChecker } from '../invariants.js';
import type { Broadcast, GossipMessage } from '../messages.js';
import { type GossipOptions, parseOptions } from '../options.js';
import type { GossipState, OverlayState } from '../state.js';

type GossipEvent = ProcessEvent<GossipMessage>;
type GossipEffect = Effect<GossipMessage>;
export type Sent = { readonly to: NodeId; readonly message: GossipMessage };

/** When steps of single nodes happen, unless a test says otherwise, ms. */
export const nowMs = 10_000;

/** One node `a` whose every step is watched by the invariants. A rule that falls fails the test. */
export class TestNode<State extends GossipState = OverlayState> {
  readonly state: State;
  readonly self: NodeId;
  readonly #checker: GossipChecker;
  now = nowMs;

  constructor(options: Partial<GossipOptions> = {}, voters: readonly NodeId[] = ['a'], self = 'a') {
    const parsed = parseOptions({ antiEntropyMs: 0, ...options });
    this.self = self;
    this.state = gossipServer.create({ self, run: 'run', voters, options: parsed, seed: 1 }) as State;
    this.#checker = new GossipChecker(voters, parsed);
    this.step({ type: 'start', now: this.now, disk: emptyDisk });
    this.step({ type: 'persisted', now: this.now, write: 1 });
  }

  /** With these neighbours, each of which has a link and has joined; all links of the tree are eager. */
  static withNeighbours(neighbours: readonly NodeId[], options: Partial<GossipOptions> = {}): TestNode {
    const node = new TestNode(options);
    for (const peer of neighbours) {
      node.peer(peer, true);
      node.deliver(peer, { type: 'join' });
    }
    return node;
  }

  step(event: GossipEvent): GossipEffect[] {
    if (event.type === 'deliver') this.#allow(event.message);
    const effects = gossipServer.step(this.state, event);
    const violation = this.#checker.afterStep(this.self, this.state, event, effects);
    if (violation !== null) throw new Error(`${violation.rule}: ${violation.why}`);
    return effects;
  }

  /** Lets the checker know that what others broadcast was asked of them. */
  #allow(message: GossipMessage): void {
    const carried = message.type === 'repair' ? message.messages : message.type === 'gossip' ? [message] : [];
    for (const { message: broadcast } of carried) {
      const { origin, payload: operation } = broadcast;
      if (origin === this.self) continue;
      const asked = { type: 'propose', now: this.now, request: 1, operation } as const;
      this.#checker.afterStep(origin, this.state, asked, []);
    }
  }

  deliver(from: NodeId, message: GossipMessage): GossipEffect[] {
    return this.step({ type: 'deliver', now: this.now, from, message });
  }

  timeout(timer: string): GossipEffect[] {
    return this.step({ type: 'timeout', now: this.now, timer });
  }

  peer(peer: NodeId, up: boolean): GossipEffect[] {
    return this.step({ type: up ? 'peerUp' : 'peerDown', now: this.now, peer });
  }

  propose(text: string): GossipEffect[] {
    return this.step({ type: 'propose', now: this.now, request: 1, operation: bytes(text) });
  }

  get active(): readonly NodeId[] {
    return this.state.kind === 'overlay' ? this.state.membership.active.map(({ node }) => node) : [];
  }
}

export function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** The `sequence`th broadcast of somebody else. */
export function broadcastOf(origin: NodeId, sequence: number, incarnation = 1): Broadcast {
  return { origin, incarnation, sequence, payload: bytes(`${origin}${sequence}`) };
}

export function gossipOf(message: Broadcast, round = 0, isRepair = false): GossipMessage {
  return { type: 'gossip', message, round, isRepair };
}

export function sent(effects: readonly GossipEffect[]): readonly Sent[] {
  return effects.flatMap((effect) =>
    effect.type === 'send' ? [{ to: effect.to, message: effect.message }] : [],
  );
}

/** Whom messages of this type went to. */
export function receivers(effects: readonly GossipEffect[], type: GossipMessage['type']): readonly NodeId[] {
  return sent(effects).flatMap(({ to, message }) => (message.type === type ? [to] : []));
}

export function delivered(effects: readonly GossipEffect[]): readonly Delivery[] {
  return effects.flatMap((effect) =>
    effect.type === 'indicate' && isDelivery(effect.output) ? [effect.output] : [],
  );
}

/** Sequences that were delivered, in order. */
export function sequences(effects: readonly GossipEffect[]): readonly number[] {
  return delivered(effects).map(({ sequence }) => sequence);
}
