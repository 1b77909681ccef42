/** Without the host for so long, a tab is introduced again: nobody else could take it up, and the host may be looking for it. Real ms. */
export const alonePatienceMs = 15_000;

/**
 * Whether this tab keeps its connection to the signaling server. While the host has introductions stopped it does without,
 * unless it has lost sight of the host, or of everybody: then only the server can bring them together again.
 */
export class Introductions {
  readonly #connect: (wanted: boolean) => void;
  readonly #nowMs: () => number;
  #isConnected = true;
  #togetherAtMs = Number.NEGATIVE_INFINITY;

  constructor(connect: (wanted: boolean) => void, nowMs: () => number) {
    this.#connect = connect;
    this.#nowMs = nowMs;
  }

  /**
   * Looks anew: called when something has changed, and now and then. `isStopped`: the room document says so.
   * `isTogether`: this tab is linked to others, and the host is among those who are here.
   */
  look(isStopped: boolean, isTogether: boolean): void {
    const nowMs = this.#nowMs();
    if (isTogether) this.#togetherAtMs = nowMs;
    const doesWithout = isStopped && nowMs - this.#togetherAtMs < alonePatienceMs;
    if (doesWithout !== this.#isConnected) return;
    this.#isConnected = !doesWithout;
    this.#connect(this.#isConnected);
  }
}
