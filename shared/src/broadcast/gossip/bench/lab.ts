import {
  type Effect,
  emptyDisk,
  isDelivery,
  type NodeId,
  nextInt,
  type ProcessEvent,
  type RandomState,
  seedRandom,
} from '../../../core/index.js';
import { gossipServer } from '../gossip.js';
import { type GossipMessage, messageKey } from '../messages.js';
import type { GossipOptions } from '../options.js';
import type { GossipState } from '../state.js';
import { Calendar } from './calendar.js';

type GossipEvent = ProcessEvent<GossipMessage>;
/** An event without the time, which the lab adds. */
type EventBody = GossipEvent extends infer E ? (E extends GossipEvent ? Omit<E, 'now'> : never) : never;

export type LabOptions = {
  readonly nodes: number;
  readonly seed: number;
  readonly options: GossipOptions;
  /** One way, drawn for each pair from [min, max], and the same for all it carries, so that nothing overtakes. */
  readonly latencyMinMs: number;
  readonly latencyMaxMs: number;
  /** How long it takes until a neighbour's failure shows, and until a try to reach who is gone has failed. */
  readonly detectionMs: number;
  /** How long after one node the next one joins. */
  readonly joinEveryMs: number;
  /** Anybody can send to anybody, and knows all: fan-out gossip's world. */
  readonly isOpen: boolean;
};

export type LabNode = {
  readonly id: NodeId;
  readonly index: number;
  readonly state: GossipState;
  isUp: boolean;
  /** Peers that there is a link to, and those that this end wants one to. */
  readonly links: Set<NodeId>;
  readonly wants: Set<NodeId>;
  /** What counts of each timer: its newest setting. */
  readonly settings: Map<string, number>;
};

/** What came of one broadcast. */
export type Spread = { delivered: number; payloads: number; lastHop: number };

/** Messages sent, by kind. */
export type Counts = { payload: number; ihave: number; graft: number; prune: number; membership: number };

/**
 * Thousands of gossip Processes in virtual time, without hosts: links with latency that come up when they are asked for,
 * no loss, and nodes that fail all at once. One seed, one run, to the byte.
 */
export class Lab {
  readonly nodes: readonly LabNode[];
  readonly counts: Counts = { payload: 0, ihave: 0, graft: 0, prune: 0, membership: 0 };
  readonly #options: LabOptions;
  readonly #byId: ReadonlyMap<NodeId, LabNode>;
  readonly #calendar = new Calendar();
  readonly #random: RandomState;
  /** Directions, `from to`, in which nothing arrives, though the link stands. */
  readonly cuts = new Set<string>();
  readonly #spreads = new Map<string, Spread>();
  #settings = 0;
  #request = 0;

  constructor(options: LabOptions) {
    this.#options = options;
    this.#random = seedRandom(options.seed, 'lab');
    const ids = Array.from({ length: options.nodes }, (_, i) => `n${i}`);
    this.nodes = ids.map((id, i) => this.#create(id, i, ids));
    this.#byId = new Map(this.nodes.map((node) => [node.id, node]));
    this.nodes.forEach((node, i) => {
      this.#later(i * options.joinEveryMs, () => this.#start(node));
    });
  }

  get nowMs(): number {
    return this.#calendar.nowMs;
  }

  get up(): readonly LabNode[] {
    return this.nodes.filter(({ isUp }) => isUp);
  }

  runFor(forMs: number): void {
    this.#calendar.runFor(forMs);
  }

  /** Broadcasts at a node drawn from those that are up. Answers with what comes of it as time goes on. */
  broadcast(): Spread {
    const { up } = this;
    const node = up[nextInt(this.#random, 0, up.length - 1)];
    if (node === undefined) throw new RangeError('nobody is up');
    const spread: Spread = { delivered: 0, payloads: 0, lastHop: 0 };
    const { origin } = node.state;
    const { incarnation, nextSequence: sequence } = origin;
    this.#spreads.set(messageKey({ origin: node.id, incarnation, sequence }), spread);
    this.#request += 1;
    this.#handle(node, {
      type: 'propose',
      request: this.#request,
      operation: new Uint8Array([this.#request]),
    });
    return spread;
  }

  /** Of the nodes that are up this part, 0 to 1, fails at once. */
  fail(part: number): void {
    const left = [...this.up];
    const count = Math.round(left.length * part);
    for (let i = 0; i < count; i++) {
      const [node] = left.splice(nextInt(this.#random, 0, left.length - 1), 1);
      if (node !== undefined) this.#fail(node);
    }
  }

  /** Lets all nodes of an overlay flood, or go by their trees again; the trees stay as they are. */
  setFlooding(floods: boolean): void {
    for (const { state } of this.nodes) if (state.kind === 'overlay') state.tree.floods = floods;
  }

  #create(id: NodeId, index: number, ids: readonly NodeId[]): LabNode {
    const { options, seed, isOpen } = this.#options;
    const contact = index === 0 ? 0 : nextInt(this.#random, 0, index - 1);
    const state = gossipServer.create({
      self: id,
      run: 'bench',
      voters: isOpen ? ids : ids.slice(contact, contact + 1),
      options,
      seed: seed * 100_003 + index,
    });
    return { id, index, state, isUp: false, links: new Set(), wants: new Set(), settings: new Map() };
  }

  #start(node: LabNode): void {
    node.isUp = true;
    this.#handle(node, { type: 'start', disk: emptyDisk });
  }

  #node(id: NodeId): LabNode {
    const node = this.#byId.get(id);
    if (node === undefined) throw new RangeError(`there is no ${id}`);
    return node;
  }

  #later(afterMs: number, callback: () => void): void {
    this.#calendar.add(afterMs, callback);
  }

  #handle(node: LabNode, body: EventBody): void {
    if (!node.isUp) return;
    // Not a copy: there are millions.
    const event = Object.assign(body, { now: this.#calendar.nowMs }) as GossipEvent;
    const effects = gossipServer.step(node.state, event);
    for (const effect of effects) this.#carryOut(node, effect, event);
  }

  #carryOut(node: LabNode, effect: Effect<GossipMessage>, event: GossipEvent): void {
    switch (effect.type) {
      case 'send':
        return this.#send(node, effect.to, effect.message);
      case 'setTimer':
        return this.#setTimer(node, effect.timer, effect.afterMs);
      case 'persist':
        return this.#later(0, () => this.#handle(node, { type: 'persisted', write: effect.write }));
      case 'indicate':
        if (isDelivery(effect.output)) {
          const spread = this.#spreads.get(messageKey(effect.output));
          if (spread === undefined) return;
          spread.delivered += 1;
          const hop =
            event.type === 'deliver' && event.message.type === 'gossip' ? event.message.round + 1 : 0;
          spread.lastHop = Math.max(spread.lastHop, hop);
        }
        return;
      case 'connect':
        return this.#connect(node, this.#node(effect.peer));
      case 'disconnect':
        return this.#disconnect(node, this.#node(effect.peer));
      default:
        return;
    }
  }

  #setTimer(node: LabNode, timer: string, afterMs: number): void {
    this.#settings += 1;
    const setting = this.#settings;
    node.settings.set(timer, setting);
    this.#later(afterMs, () => {
      if (node.settings.get(timer) === setting) this.#handle(node, { type: 'timeout', timer });
    });
  }

  #send(from: LabNode, to: NodeId, message: GossipMessage): void {
    this.#count(message);
    if (this.cuts.has(`${from.id} ${to}`) || (!this.#options.isOpen && !from.links.has(to))) return;
    const node = this.#node(to);
    this.#later(this.#latencyMs(from, node), () => {
      if (this.#options.isOpen || node.links.has(from.id))
        this.#handle(node, { type: 'deliver', from: from.id, message });
    });
  }

  #count(message: GossipMessage): void {
    switch (message.type) {
      case 'gossip': {
        this.counts.payload += 1;
        const spread = this.#spreads.get(messageKey(message.message));
        if (spread !== undefined) spread.payloads += 1;
        return;
      }
      case 'ihave':
      case 'graft':
      case 'prune':
        this.counts[message.type] += 1;
        return;
      default:
        this.counts.membership += 1;
    }
  }

  /** The same for both directions of a pair: a hash of the two and the seed, spread over the range. */
  #latencyMs(a: LabNode, b: LabNode): number {
    const { latencyMinMs, latencyMaxMs, seed } = this.#options;
    let hash = Math.imul(Math.min(a.index, b.index) + 1, 0x9e3779b1) ^ Math.imul(seed, 0x27d4eb2f);
    hash =
      Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) ^ Math.imul(Math.max(a.index, b.index) + 1, 0xc2b2ae35);
    hash = Math.imul(hash ^ (hash >>> 13), 0x2c1b3c6d);
    const draw = ((hash ^ (hash >>> 16)) >>> 0) / 0x100000000;
    return latencyMinMs + draw * (latencyMaxMs - latencyMinMs);
  }

  #connect(node: LabNode, peer: LabNode): void {
    node.wants.add(peer.id);
    if (node.links.has(peer.id)) return;
    const { detectionMs } = this.#options;
    // A link is made in a round trip.
    const afterMs = peer.isUp ? 2 * this.#latencyMs(node, peer) : detectionMs;
    this.#later(afterMs, () => {
      if (!node.isUp || !node.wants.has(peer.id) || node.links.has(peer.id)) return;
      if (!peer.isUp) return this.#handle(node, { type: 'connectFailed', peer: peer.id });
      node.links.add(peer.id);
      peer.links.add(node.id);
      this.#handle(node, { type: 'peerUp', peer: peer.id });
      this.#handle(peer, { type: 'peerUp', peer: node.id });
    });
  }

  /** A link that neither end wants ends, after what is under way on it. */
  #disconnect(node: LabNode, peer: LabNode): void {
    node.wants.delete(peer.id);
    this.#later(this.#latencyMs(node, peer), () => {
      if (!node.links.has(peer.id) || node.wants.has(peer.id) || peer.wants.has(node.id)) return;
      this.#cut(node, peer);
      this.#handle(node, { type: 'peerDown', peer: peer.id });
      this.#handle(peer, { type: 'peerDown', peer: node.id });
    });
  }

  #cut(a: LabNode, b: LabNode): void {
    a.links.delete(b.id);
    b.links.delete(a.id);
  }

  #fail(node: LabNode): void {
    node.isUp = false;
    node.settings.clear();
    node.wants.clear();
    for (const id of [...node.links]) {
      const peer = this.#node(id);
      this.#cut(node, peer);
      this.#later(this.#options.detectionMs, () => this.#handle(peer, { type: 'peerDown', peer: node.id }));
    }
  }
}
