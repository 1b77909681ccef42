/** A peer is told no more often than this that its signals are bad. */
const REFUSE_EVERY_MS = 1_000;
/** Refusals within that time, to all peers together: the server counts them as our signals. */
const REFUSALS_MAX = 32;

/** Bounds what is said about bad signals, so that who sends garbage gets no storm of answers out of this tab. */
export class SignalRefusals {
  readonly #atMs = new Map<string, number>();

  /** Whether `peer` may be told now; then it counts as told. */
  isDue(peer: string, nowMs: number): boolean {
    for (const [told, atMs] of this.#atMs) if (nowMs - atMs >= REFUSE_EVERY_MS) this.#atMs.delete(told);
    if (this.#atMs.has(peer) || this.#atMs.size >= REFUSALS_MAX) return false;
    this.#atMs.set(peer, nowMs);
    return true;
  }
}
