/**
 * While the lab runs at real time, drawing takes at most one part in so many of the main thread: every message of this
 * node passes through the same thread, and waits while a picture is drawn.
 */
const share = 6;
/**
 * However long a picture takes, the next one comes after so long. A picture that takes a fifth of a second is a machine's that
 * has no time left: many pages on one, say, which would take all of it from those that vote.
 */
const waitMaxMs = 1_000;

/** Measures what each picture costs, the browser's own work for it included, and says when the next may be drawn. */
export class DrawBudget {
  readonly #drawn = new MessageChannel();
  #beganMs = 0;
  #nextMs = 0;

  constructor() {
    this.#drawn.port2.onmessage = () => {
      const nowMs = performance.now();
      this.#nextMs = nowMs + Math.min(waitMaxMs, (share - 1) * (nowMs - this.#beganMs));
    };
  }

  /** To be called in the animation frame that draws: its message comes when the browser has laid out and painted, too. */
  drawing(): void {
    this.#beganMs = performance.now();
    this.#drawn.port1.postMessage(null);
  }

  /** How long the next picture has to wait. */
  waitMs(): number {
    return Math.max(0, this.#nextMs - performance.now());
  }
}
