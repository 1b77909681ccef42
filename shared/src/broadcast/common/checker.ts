import {
  type BroadcastId,
  broadcastName,
  type Delivery,
  type Effect,
  type InvariantChecker,
  isDelivery,
  type NodeId,
  type ProcessEvent,
  type RequestId,
  type Rule,
  type Violation,
} from '../../core/index.js';
import { decodeAccepted } from './accepted.js';

/** The rules that broadcasts share, each with the sentence that a person reads. */
export const sharedSentences = {
  integrity: 'Only what its origin broadcast is delivered, with the payload that it had, under one name.',
  'no-duplication': 'No node delivers a broadcast twice.',
  'new-incarnation': 'In each of its lives a node broadcasts under a higher incarnation than in all before.',
} as const;

export function rulesOf(sentences: { readonly [name: string]: string }): readonly Rule[] {
  return Object.entries(sentences).map(([name, sentence]) => ({ name, sentence }));
}

/** A broadcast that the checker knows of: asked for, delivered somewhere, or both. */
export type Known = {
  readonly id: BroadcastId;
  readonly payload: string;
  /** Which life of its origin took it on, counted from 0; null before its origin has said so. */
  acceptedIn: number | null;
};

/** What is known of one node. */
export type Member = {
  /** How many crashes it has had. */
  life: number;
  /** The broadcasts it has delivered, by name, in order; each with the life in which it did. */
  readonly delivered: Map<string, number>;
  /** The highest incarnation that it has broadcast under, and in which life. */
  incarnation: { readonly number: number; readonly life: number };
  /** Payloads that its user asked for in this life, by request. */
  readonly asked: Map<RequestId, string>;
};

/** How often an origin was asked to broadcast one payload, and the names under which that came out. */
type Broadcasts = { asked: number; readonly names: Set<string> };

/**
 * Watches what broadcasts have in common, from what users ask, what they are answered and what nodes indicate, whatever the
 * protocol says to itself. Each protocol adds what it promises: `checkStep` after each step, `judge` at quiescence.
 */
export abstract class BroadcastChecker<State, Message> implements InvariantChecker<State, Message> {
  abstract readonly rules: readonly Rule[];
  protected readonly members = new Map<NodeId, Member>();
  protected readonly known = new Map<string, Known>();
  readonly #broadcasts = new Map<string, Broadcasts>();
  readonly #acrossLives: boolean;

  /** `acrossLives`: a restarted node must not deliver again what it delivered before its crash. */
  constructor(nodes: readonly NodeId[], acrossLives: boolean) {
    for (const node of nodes) this.memberOf(node);
    this.#acrossLives = acrossLives;
  }

  afterStep(
    node: NodeId,
    state: State,
    event: ProcessEvent<Message>,
    effects: readonly Effect<Message>[],
  ): Violation | null {
    if (event.type === 'propose') this.#ask(node, event.request, event.operation);
    for (const effect of effects) {
      const violation =
        effect.type === 'reply'
          ? this.#accept(node, effect.request, effect.result)
          : effect.type === 'indicate' && isDelivery(effect.output)
            ? this.#deliver(node, effect.output)
            : null;
      if (violation !== null) return violation;
    }
    return this.checkStep(node, state, event, effects);
  }

  afterCrash(node: NodeId): void {
    const member = this.memberOf(node);
    member.life += 1;
    member.asked.clear();
  }

  atQuiescence(remaining: readonly NodeId[]): Violation | null {
    return this.judge(remaining);
  }

  /** Whether this node has had one life alone since that one of it. */
  protected hasLivedOn(node: NodeId, life: number | null): boolean {
    return this.memberOf(node).life === life;
  }

  protected memberOf(node: NodeId): Member {
    let member = this.members.get(node);
    if (member === undefined) {
      member = { life: 0, delivered: new Map(), incarnation: { number: 0, life: -1 }, asked: new Map() };
      this.members.set(node, member);
    }
    return member;
  }

  /** Takes note of a delivery that was not indicated: a log held it after a restart. */
  protected adopt(node: NodeId, delivery: Delivery): Violation | null {
    const { delivered, life } = this.memberOf(node);
    const name = broadcastName(delivery);
    if (!delivered.has(name)) delivered.set(name, life);
    return this.#know(node, delivery);
  }

  protected abstract checkStep(
    node: NodeId,
    state: State,
    event: ProcessEvent<Message>,
    effects: readonly Effect<Message>[],
  ): Violation | null;

  protected abstract judge(remaining: readonly NodeId[]): Violation | null;

  #ask(node: NodeId, request: RequestId, payload: Uint8Array): void {
    const key = textOf(payload);
    this.memberOf(node).asked.set(request, key);
    const broadcasts = this.#broadcastsOf(node, key);
    broadcasts.asked += 1;
  }

  #accept(node: NodeId, request: RequestId, result: Uint8Array): Violation | null {
    const member = this.memberOf(node);
    const { asked, life, incarnation: last } = member;
    const payload = asked.get(request);
    asked.delete(request);
    const id = decodeAccepted(result);
    const name = broadcastName(id);
    if (payload === undefined || id.origin !== node) {
      return { rule: 'integrity', node, why: `it took on ${name}, which nobody asked of it` };
    }
    const { incarnation } = id;
    if (incarnation < last.number || (incarnation === last.number && life > last.life)) {
      const why = `it broadcasts ${name}, and had incarnation ${last.number} in an earlier life`;
      return { rule: 'new-incarnation', node, why };
    }
    member.incarnation = { number: incarnation, life };
    const violation = this.#name(node, id, payload);
    const known = this.known.get(name);
    if (known !== undefined) known.acceptedIn = life;
    return violation;
  }

  #deliver(node: NodeId, delivery: Delivery): Violation | null {
    const { delivered, life } = this.memberOf(node);
    const name = broadcastName(delivery);
    const before = delivered.get(name);
    if (before !== undefined && (this.#acrossLives || before === life)) {
      const when = before === life ? 'twice' : 'again after a restart';
      return { rule: 'no-duplication', node, why: `it delivers ${name} ${when}` };
    }
    delivered.set(name, life);
    return this.#know(node, delivery);
  }

  /** Whatever is delivered has been asked for, at its origin, and has one name and one payload everywhere. */
  #know(node: NodeId, delivery: Delivery): Violation | null {
    return this.#name(node, delivery, textOf(delivery.payload));
  }

  #name(node: NodeId, { origin, incarnation, sequence }: BroadcastId, payload: string): Violation | null {
    const id = { origin, incarnation, sequence };
    const name = broadcastName(id);
    const known = this.known.get(name);
    if (known !== undefined) {
      if (known.payload === payload) return null;
      return { rule: 'integrity', node, why: `${name} has another payload here than elsewhere` };
    }
    const broadcasts = this.#broadcastsOf(origin, payload);
    broadcasts.names.add(name);
    if (broadcasts.names.size > broadcasts.asked) {
      const often = `${origin} was asked for it ${broadcasts.asked} times`;
      return { rule: 'integrity', node, why: `${name} was not broadcast: ${often}` };
    }
    this.known.set(name, { id, payload, acceptedIn: null });
    return null;
  }

  #broadcastsOf(origin: NodeId, payload: string): Broadcasts {
    const key = `${origin} ${payload}`;
    let broadcasts = this.#broadcasts.get(key);
    if (broadcasts === undefined) {
      broadcasts = { asked: 0, names: new Set() };
      this.#broadcasts.set(key, broadcasts);
    }
    return broadcasts;
  }
}

/** Equal bytes, equal text. */
function textOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
