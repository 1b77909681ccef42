const RETIRED_SESSIONS_MAX = 8;

/** The pages that a peer has been: the one that speaks now, and the last of those that were succeeded by another. */
export class PeerPages {
  #session: string | null = null;
  #retired: readonly string[] = [];

  /** A page speaks. `next`: it has taken the place of the one before; `retired`: it is one whose place was taken. */
  meet(session: string): 'same' | 'next' | 'retired' {
    if (this.#retired.includes(session)) return 'retired';
    const before = this.#session;
    this.#session = session;
    if (before === null || before === session) return 'same';
    this.#retired = [...this.#retired, before].slice(-RETIRED_SESSIONS_MAX);
    return 'next';
  }
}
