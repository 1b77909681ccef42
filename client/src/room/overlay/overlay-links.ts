import { compareIds, type NodeId } from '@quorate/shared/core';
import { hashText } from '../hash.js';

/** Up to so many tabs, each is linked to each. */
export const fullMeshMax = 12;
/** A room that has outgrown the full mesh goes back to it only when it is clearly smaller: its links must not flap. */
const fullAgainMax = 9;

/** What HyParView asks for. */
export type OverlayWishes = {
  /** The links to its neighbours, and to those whom it asks to be one. */
  readonly wished: ReadonlySet<NodeId>;
  /** It has no neighbour: it needs a contact, by which it can join. */
  readonly isAlone: boolean;
};

/** Whom a tab is to be linked to so that the room's tabs stay joined, and news reaches them all. */
export interface OverlayLinks {
  /** The neighbours of this tab among those present, itself included in them or not. */
  neighbours(present: Iterable<NodeId>): ReadonlySet<NodeId>;
}

/**
 * All of a small room. In a larger one those that the overlay asks for, and, while it has none, two contacts: who comes next to this
 * tab, and before it, in an order of all tabs that is drawn from the room's code, so that not all newcomers ask the same.
 */
export class OverlayOrMesh implements OverlayLinks {
  readonly #self: NodeId;
  readonly #seed: string;
  readonly #overlay: OverlayWishes;
  #isFull = true;

  constructor(self: NodeId, seed: string, overlay: OverlayWishes) {
    this.#self = self;
    this.#seed = seed;
    this.#overlay = overlay;
  }

  neighbours(present: Iterable<NodeId>): ReadonlySet<NodeId> {
    const tabs = new Set(present).add(this.#self);
    this.#isFull = tabs.size <= (this.#isFull ? fullMeshMax : fullAgainMax);
    const chosen = new Set(this.#isFull ? tabs : this.#overlay.wished);
    if (!this.#isFull && this.#overlay.isAlone)
      for (const contact of this.#contacts([...tabs])) chosen.add(contact);
    chosen.delete(this.#self);
    return chosen;
  }

  #contacts(tabs: readonly NodeId[]): NodeId[] {
    const order = inOrderOf(tabs, this.#seed);
    const at = order.indexOf(this.#self);
    return [1, order.length - 1].flatMap((step) => order[(at + step) % order.length] ?? []);
  }
}

function inOrderOf(tabs: readonly NodeId[], seed: string): NodeId[] {
  const places = tabs.map((id) => ({ id, place: hashText(`${seed}/${id}`) }));
  places.sort((a, b) => a.place - b.place || compareIds(a.id, b.id));
  return places.map(({ id }) => id);
}
