/** What came too early waits so long for what is missing; then that is given up. Real ms. */
export const missingWaitMs = 400;
/** What one source may have waiting. */
const heldMax = 32;
/** Sources that are kept in sequence; of those beyond, the one that has been silent the longest begins anew. */
const sourcesMax = 256;

type Source = {
  readonly page: string;
  next: number;
  readonly held: Map<number, () => void>;
  timer: ReturnType<typeof setTimeout> | null;
};

/**
 * Puts what comes over several ways, some longer than others, into the order in which its source numbered it. What does not
 * come in time is skipped, and what comes after its turn is dropped: a gap can be closed, a step backwards can't be told.
 */
export class InSequence {
  readonly #sources = new Map<string, Source>();

  /** `page` names a life of the source, which numbers from 1 on. `deliver` is called in its turn, perhaps at once, or never. */
  take(name: string, page: string, serial: number, deliver: () => void): void {
    const source = this.#source(name, page, serial);
    if (serial < source.next || source.held.has(serial)) return;
    source.held.set(serial, deliver);
    this.#drain(source);
    while (source.held.size > heldMax) this.#skip(source);
  }

  #source(name: string, page: string, serial: number): Source {
    let source = this.#sources.get(name);
    if (source === undefined || source.page !== page) {
      if (source !== undefined) while (source.held.size > 0) this.#skip(source);
      source = { page, next: serial, held: new Map(), timer: null };
    }
    this.#sources.delete(name);
    this.#sources.set(name, source);
    const [oldest] = this.#sources;
    if (this.#sources.size > sourcesMax && oldest !== undefined) {
      if (oldest[1].timer !== null) clearTimeout(oldest[1].timer);
      this.#sources.delete(oldest[0]);
    }
    return source;
  }

  #drain(source: Source): void {
    for (let next = source.held.get(source.next); next !== undefined; next = source.held.get(source.next)) {
      source.held.delete(source.next);
      source.next += 1;
      next();
    }
    if (source.timer !== null) clearTimeout(source.timer);
    source.timer = source.held.size === 0 ? null : setTimeout(() => this.#skip(source), missingWaitMs);
  }

  /** Gives up what is missing before the first that waits. */
  #skip(source: Source): void {
    source.next = Math.min(...source.held.keys());
    this.#drain(source);
  }
}
