import type { NodeId } from '@quorate/shared/core';

/** At most one keyframe a second for those that missed something. Real ms. */
const keyframeEveryMs = 1_000;
const keyframeSoonMs = 50;

/** When this node's lab tells its whole state, and whose this tab asks for. */
export class Keyframes {
  readonly #give: () => void;
  readonly #askedMs = new Map<NodeId, number>();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #lastMs = -keyframeEveryMs;

  /** `give` makes the lab tell one. */
  constructor(give: () => void) {
    this.#give = give;
  }

  /** Gives one soon, so that all who ask at once are served by one, and not before the last one's second is over. */
  giveSoon(): void {
    if (this.#timer !== null) return;
    const waitMs = Math.max(keyframeSoonMs, this.#lastMs + keyframeEveryMs - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#lastMs = performance.now();
      this.#give();
    }, waitMs);
  }

  /** Whether `node` may be asked for one now; then it counts as asked. */
  mayAsk(node: NodeId): boolean {
    const nowMs = performance.now();
    if (nowMs - (this.#askedMs.get(node) ?? -keyframeEveryMs) < keyframeEveryMs) return false;
    this.#askedMs.set(node, nowMs);
    return true;
  }

  /** A tab that the room remembers no more. */
  forget(node: NodeId): void {
    this.#askedMs.delete(node);
  }
}
