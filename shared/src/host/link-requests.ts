import type { NodeId } from '../core/index.js';

type Done = (up: boolean) => void;

/** Those who wait to hear of a link, for whoever implements `Network`: by peer, one an owner. */
export class LinkRequests {
  readonly #waiting = new Map<NodeId, Map<string, Done>>();

  /** A later request of the same owner takes the place of an earlier one, which is never answered. */
  add(peer: NodeId, owner: string, done: Done): void {
    const waiting = this.#waiting.get(peer);
    if (waiting === undefined) this.#waiting.set(peer, new Map([[owner, done]]));
    else waiting.set(owner, done);
  }

  drop(peer: NodeId, owner: string): void {
    const waiting = this.#waiting.get(peer);
    waiting?.delete(owner);
    if (waiting?.size === 0) this.#waiting.delete(peer);
  }

  /** Answers all who wait for a link to this peer. */
  settle(peer: NodeId, up: boolean): void {
    const waiting = this.#waiting.get(peer);
    if (waiting === undefined) return;
    this.#waiting.delete(peer);
    for (const done of waiting.values()) done(up);
  }

  clear(): void {
    this.#waiting.clear();
  }
}
