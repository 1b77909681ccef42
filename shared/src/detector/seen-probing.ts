import type { Effect, NodeId, ProcessEvent } from '../core/index.js';
import type { DetectorMessage } from './messages.js';
import type { DetectorState } from './state.js';

type Trail = {
  /** How much awake time there had been at the last sign of life. */
  heardAtMs: number;
  /** When helpers were first asked since, by the node's clock; null when none was. */
  askedAt: number | null;
  /** Of the first round since. */
  sequence: number | null;
  /** Of the newest round, and those of any that have refused. */
  readonly helpers: Set<NodeId>;
  readonly refused: Set<NodeId>;
  isCutOff: boolean;
};

type Sent = { readonly to: NodeId; readonly message: DetectorMessage };

/** What one node of a watched run did in one life before it suspected another: seen from outside, from its steps alone. */
export class Probing {
  readonly #trails = new Map<NodeId, Trail>();
  #awakeMs = 0;
  #lastAt: number | null = null;

  follow(
    { options }: DetectorState,
    event: ProcessEvent<DetectorMessage>,
    effects: readonly Effect<DetectorMessage>[],
  ): void {
    // Awake, it takes a step at every heartbeat, which may be late by half of one.
    if (this.#lastAt !== null) this.#awakeMs += Math.min(event.now - this.#lastAt, 1.5 * options.heartbeatMs);
    this.#lastAt = event.now;
    if (event.type === 'deliver') this.#onDeliver(event.from, event.message);
    if (event.type === 'peerDown' || event.type === 'connectFailed') this.#trail(event.peer).isCutOff = true;
    const sent = effects.flatMap((effect) => (effect.type === 'send' ? [effect] : []));
    for (const { to, message } of sent) {
      // The node itself is asked beside the helpers, or where there are none.
      if (message.type !== 'ping' || message.sequence !== 0) continue;
      const requests = sent.filter(({ message: other }) => other.type === 'pingReq' && other.target === to);
      this.#onRound(this.#trail(to), requests, event.now);
    }
  }

  /** No longer than this was the node silent while the other was awake. */
  silenceMs(node: NodeId): number {
    return this.#awakeMs - this.#trail(node).heardAtMs;
  }

  isCutOff(node: NodeId): boolean {
    return this.#trail(node).isCutOff;
  }

  /** Helpers were asked, and all have refused, or had their time; or there were none to ask. */
  hadTheirTime({ options }: DetectorState, node: NodeId, now: number): boolean {
    const { askedAt, helpers, refused } = this.#trail(node);
    if (askedAt === null) return false;
    return (
      now - askedAt >= options.indirectTimeoutMs - 1 || [...helpers].every((helper) => refused.has(helper))
    );
  }

  #onDeliver(from: NodeId, message: DetectorMessage): void {
    this.#heard(from);
    if (message.type !== 'pingReqResponse') return;
    const trail = this.#trail(message.target);
    if (trail.sequence === null || message.sequence < trail.sequence) return;
    // Whether a helper's good word still counted can't be seen from outside: it may have been overtaken by a sleep.
    if (!message.reached) trail.refused.add(from);
  }

  #onRound(trail: Trail, requests: readonly Sent[], now: number): void {
    trail.askedAt ??= now;
    // Who has refused is not asked again: a round that asks nobody else has all its answers.
    trail.helpers.clear();
    for (const { to, message } of requests) {
      trail.helpers.add(to);
      if (message.type === 'pingReq') trail.sequence ??= message.sequence;
    }
  }

  #heard(node: NodeId): void {
    const trail = this.#trail(node);
    Object.assign(trail, { heardAtMs: this.#awakeMs, askedAt: null, sequence: null, isCutOff: false });
    trail.helpers.clear();
    trail.refused.clear();
  }

  #trail(node: NodeId): Trail {
    const known = this.#trails.get(node);
    if (known !== undefined) return known;
    const trail: Trail = {
      heardAtMs: 0,
      askedAt: null,
      sequence: null,
      helpers: new Set(),
      refused: new Set(),
      isCutOff: false,
    };
    this.#trails.set(node, trail);
    return trail;
  }
}
