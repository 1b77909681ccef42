import { type NodeId, nextFloat, type RandomState } from '../core/index.js';
import type { Scheduler } from './scheduler.js';

/** What a link needs to know of a node, and tells it. */
export type LinkEnd = {
  readonly id: NodeId;
  readonly up: boolean;
  readonly link: (peer: NodeId, up: boolean) => void;
};

/** How long it takes at most until an end notices that its link has ended or come up, ms. */
const noticeMaxMs = 60;

/**
 * Which nodes have a link: those that are both up, unless both directions are cut, as a real connection ends. Each end
 * learns of it a little later than it happens, and not both at once.
 */
export class VirtualLinks {
  readonly #scheduler: Scheduler;
  readonly #random: RandomState;
  readonly #ends: () => readonly LinkEnd[];
  readonly #isCut: (from: NodeId, to: NodeId) => boolean;
  readonly #joined = new Set<string>();
  /** When the newest notice of an end is due: an end learns of things in their order. */
  readonly #dueMs = new Map<string, number>();

  constructor(
    scheduler: Scheduler,
    random: RandomState,
    ends: () => readonly LinkEnd[],
    isCut: (from: NodeId, to: NodeId) => boolean,
  ) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#ends = ends;
    this.#isCut = isCut;
  }

  /** Looks at every pair; called after each change of a node or of a cut. */
  update(): void {
    const ends = this.#ends();
    ends.forEach((a, i) => {
      for (const b of ends.slice(i + 1)) this.#updatePair(a, b);
    });
  }

  #updatePair(a: LinkEnd, b: LinkEnd): void {
    const pair = `${a.id} ${b.id}`;
    const joined = a.up && b.up && !(this.#isCut(a.id, b.id) && this.#isCut(b.id, a.id));
    if (joined === this.#joined.has(pair)) return;
    if (joined) this.#joined.add(pair);
    else this.#joined.delete(pair);
    this.#notice(a, b.id, joined);
    this.#notice(b, a.id, joined);
  }

  #notice(end: LinkEnd, peer: NodeId, up: boolean): void {
    const key = `${end.id} ${peer}`;
    const { nowMs } = this.#scheduler;
    const dueMs = Math.max(nowMs + nextFloat(this.#random) * noticeMaxMs, this.#dueMs.get(key) ?? 0);
    this.#dueMs.set(key, dueMs);
    this.#scheduler.schedule(dueMs - nowMs, () => end.link(peer, up));
  }
}
