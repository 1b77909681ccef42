/**
 * How much noise a node tells: so much a second, and so much at once after a quiet time; and how many pieces of what was
 * committed it tells in one event, which costs every reader less than an event each.
 */
export type TraceLimits = {
  readonly eventsPerSecond: number;
  readonly eventsBurst: number;
  readonly bytesPerSecond: number;
  readonly bytesBurst: number;
  readonly piecesMax: number;
};

/** For readers in the same process, which nothing delays. */
export const everything: TraceLimits = {
  eventsPerSecond: Number.POSITIVE_INFINITY,
  eventsBurst: Number.POSITIVE_INFINITY,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  bytesBurst: Number.POSITIVE_INFINITY,
  piecesMax: 1,
};

/** Two buckets of tokens, one of events and one of bytes, that fill up as real time goes by. */
export class Allowance {
  #limits: TraceLimits;
  #events: number;
  #bytes: number;
  #atMs: number;

  constructor(limits: TraceLimits, nowMs: number) {
    this.#limits = limits;
    this.#events = limits.eventsBurst;
    this.#bytes = limits.bytesBurst;
    this.#atMs = nowMs;
  }

  /** Goes by other limits from now on; what was saved up stays, as far as they allow it. */
  limit(limits: TraceLimits, nowMs: number): void {
    this.#fill(nowMs);
    this.#limits = limits;
    this.#events = Math.min(this.#events, limits.eventsBurst);
    this.#bytes = Math.min(this.#bytes, limits.bytesBurst);
  }

  /** Takes one event out, if it may be told. Its size is asked for only where the number of events allows it. */
  spend(sizeOf: () => number, nowMs: number): boolean {
    this.#fill(nowMs);
    if (this.#events < 1) return false;
    const bytes = sizeOf();
    if (this.#bytes < bytes) return false;
    this.#events -= 1;
    this.#bytes -= bytes;
    return true;
  }

  #fill(nowMs: number): void {
    const seconds = (nowMs - this.#atMs) / 1_000;
    // Nothing times infinity is no number.
    if (seconds <= 0) return;
    this.#atMs = nowMs;
    const { eventsPerSecond, eventsBurst, bytesPerSecond, bytesBurst } = this.#limits;
    this.#events = Math.min(eventsBurst, this.#events + seconds * eventsPerSecond);
    this.#bytes = Math.min(bytesBurst, this.#bytes + seconds * bytesPerSecond);
  }
}

/** What an event's envelope takes, about. */
const envelopeBytes = 120;

/** About how many bytes an event takes before it is compressed: for an allowance, not for a buffer. */
export function roughBytes(body: object): number {
  return envelopeBytes + bytesOf(body);
}

function bytesOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value === 'number') return 5;
  if (typeof value !== 'object' || value === null) return 1;
  let bytes = 3;
  for (const [key, field] of Object.entries(value)) bytes += key.length + 1 + bytesOf(field);
  return bytes;
}
