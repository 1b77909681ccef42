import type { NodeId } from '@quorate/shared/core';
import type { Mesh } from '../mesh/index.js';

/** A link that is up is let go only when it has not been wanted for so long. Real ms. */
export const lingerMs = 10_000;

/** The links that one owner wishes for. What is wished for no more is let go gently: first come the new links. */
export class Wishes {
  readonly #mesh: Pick<Mesh, 'want' | 'release'>;
  readonly #owner: string;
  /** Since when each link that is held is wished for no more; null: it is. */
  readonly #held = new Map<NodeId, number | null>();

  constructor(mesh: Pick<Mesh, 'want' | 'release'>, owner: string) {
    this.#mesh = mesh;
    this.#owner = owner;
  }

  /** From now on these are wished for. A link that is not up and wished for no more is let go at once. */
  set(wished: ReadonlySet<NodeId>, isUp: (peer: NodeId) => boolean, nowMs: number): void {
    for (const peer of wished) {
      if (!this.#held.has(peer)) this.#mesh.want(peer, this.#owner);
      this.#held.set(peer, null);
    }
    for (const [peer, sinceMs] of this.#held) {
      if (wished.has(peer)) continue;
      if (!isUp(peer)) this.#release(peer);
      else if (sinceMs === null) this.#held.set(peer, nowMs);
    }
    this.#letGo(isUp, nowMs);
  }

  #letGo(isUp: (peer: NodeId) => boolean, nowMs: number): void {
    const wished = [...this.#held].flatMap(([peer, sinceMs]) => (sinceMs === null ? [peer] : []));
    // Old links carry what the new ones don't yet.
    if (2 * wished.filter(isUp).length < wished.length) return;
    for (const [peer, sinceMs] of this.#held)
      if (sinceMs !== null && nowMs - sinceMs >= lingerMs) this.#release(peer);
  }

  #release(peer: NodeId): void {
    this.#held.delete(peer);
    this.#mesh.release(peer, this.#owner);
  }
}
