import { compareIds, type NodeId } from '@quorate/shared/core';
import { hashText } from './hash.js';

/** Up to so many tabs, each is linked to each. */
export const fullMeshMax = 12;
/** A room that has outgrown the full mesh goes back to it only when it is clearly smaller: its links must not flap. */
const fullAgainMax = 9;
/** Each tab has two neighbours on each ring: six links at most. */
const rings = 3;

/**
 * Whom a tab is to be linked to so that the room's tabs stay joined, and news reaches them all. Whoever decides it, by the
 * list of those present or by an overlay protocol of its own, stands behind this interface.
 */
export interface OverlayLinks {
  /** The neighbours of this tab among those present, itself included in them or not. */
  neighbours(present: Iterable<NodeId>): ReadonlySet<NodeId>;
}

/**
 * All of a small room; in a larger one the tab's neighbours on three rings. Each ring holds all tabs, in an order drawn from
 * the room's seed: one ring alone joins them all, three together keep ways short and survive that many tabs close at once.
 * Both ends of a link choose it, and who comes or goes moves two links a ring.
 */
export class RingOverlay implements OverlayLinks {
  readonly #self: NodeId;
  readonly #seed: string;
  #isFull = true;

  constructor(self: NodeId, seed: string) {
    this.#self = self;
    this.#seed = seed;
  }

  neighbours(present: Iterable<NodeId>): ReadonlySet<NodeId> {
    const tabs = new Set(present).add(this.#self);
    this.#isFull = tabs.size <= (this.#isFull ? fullMeshMax : fullAgainMax);
    const chosen = new Set(this.#isFull ? tabs : this.#onRings([...tabs]));
    chosen.delete(this.#self);
    return chosen;
  }

  #onRings(tabs: readonly NodeId[]): NodeId[] {
    const chosen: NodeId[] = [];
    for (let ring = 0; ring < rings; ring += 1) {
      const order = inOrderOf(tabs, `${this.#seed}/${ring}`);
      const at = order.indexOf(this.#self);
      for (const step of [1, order.length - 1]) {
        const neighbour = order[(at + step) % order.length];
        if (neighbour !== undefined) chosen.push(neighbour);
      }
    }
    return chosen;
  }
}

function inOrderOf(tabs: readonly NodeId[], ring: string): NodeId[] {
  const places = tabs.map((id) => ({ id, place: hashText(`${ring}/${id}`) }));
  places.sort((a, b) => a.place - b.place || compareIds(a.id, b.id));
  return places.map(({ id }) => id);
}
