import type { Effect, NodeId, ProcessEvent, Violation } from '../../core/index.js';
import type { GossipMessage } from './messages.js';
import type { OverlayState } from './state.js';
import { timers } from './step.js';

/** Keepalives that the other sends before it must know that it is no neighbour any more: by then it has been told twice. */
const ticksMax = 3;

/** Watches the active views of all nodes: what only shows when one looks at two of them. */
export class OverlayWatch {
  readonly #active = new Map<NodeId, readonly NodeId[]>();
  /** Whom each node has asked to be its neighbour, and has not heard from. */
  readonly #asked = new Map<NodeId, readonly NodeId[]>();
  /** Who has told whom, `from to`, that they are no neighbours: the keepalives of `to` since. */
  readonly #leaving = new Map<string, number>();

  see(
    node: NodeId,
    { membership }: OverlayState,
    event: ProcessEvent<GossipMessage>,
    effects: readonly Effect<GossipMessage>[],
  ): void {
    this.#active.set(
      node,
      membership.active.map((neighbour) => neighbour.node),
    );
    this.#asked.set(
      node,
      membership.requests.filter(({ sent }) => sent).map(({ peer }) => peer),
    );
    if (event.type === 'deliver' && event.message.type === 'disconnect')
      this.#leaving.delete(`${event.from} ${node}`);
    if (event.type === 'timeout' && event.timer === timers.keepalive) this.#tick(node);
    for (const effect of effects) {
      if (effect.type !== 'send' || effect.message.type !== 'disconnect') continue;
      const pair = `${node} ${effect.to}`;
      // Told again, it has had its time all the same.
      if (!this.#leaving.has(pair)) this.#leaving.set(pair, 0);
    }
  }

  crashed(node: NodeId): void {
    this.#active.delete(node);
    this.#asked.delete(node);
  }

  neighboursOf(node: NodeId): readonly NodeId[] {
    return this.#active.get(node) ?? [];
  }

  judge(remaining: readonly NodeId[]): Violation | null {
    return this.#judgeSymmetry(remaining) ?? this.#judgeConnectivity(remaining);
  }

  #tick(node: NodeId): void {
    for (const [pair, ticks] of this.#leaving) {
      if (!pair.endsWith(` ${node}`)) continue;
      if (ticks + 1 >= ticksMax) this.#leaving.delete(pair);
      else this.#leaving.set(pair, ticks + 1);
    }
  }

  #judgeSymmetry(remaining: readonly NodeId[]): Violation | null {
    for (const node of remaining) {
      for (const other of this.#active.get(node) ?? []) {
        if (!remaining.includes(other))
          return { rule: 'symmetry', node, why: `its neighbour ${other} is not there` };
        if (this.#active.get(other)?.includes(node) === true) continue;
        // One of the two knows already, and the other is about to hear of it.
        if (this.#asked.get(other)?.includes(node) === true || this.#leaving.has(`${other} ${node}`))
          continue;
        return { rule: 'symmetry', node, why: `its neighbour ${other} does not have it` };
      }
    }
    return null;
  }

  #judgeConnectivity(remaining: readonly NodeId[]): Violation | null {
    const [first] = remaining;
    if (first === undefined) return null;
    const reached = new Set([first]);
    for (const node of reached) {
      for (const other of this.#active.get(node) ?? []) reached.add(other);
    }
    const lone = remaining.find((node) => !reached.has(node));
    if (lone === undefined) return null;
    return { rule: 'connectivity', node: lone, why: `no neighbours lead from ${first} to it` };
  }
}
