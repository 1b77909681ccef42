/** Clients remembered; beyond, the one that has been silent for the most entries of the log is forgotten. */
export const sessionsMax = 1_024;
/** Answers kept for one client: more than it may have in flight. */
export const answersMax = 2_048;

type Session = { firstUnanswered: number; readonly answers: Map<number, Uint8Array> };

export type SessionState = readonly [
  id: number,
  firstUnanswered: number,
  answers: readonly (readonly [sequence: number, answer: Uint8Array])[],
];

/**
 * Which commands of which client have been carried out, and what was answered (Raft dissertation, 6.3). All of it
 * follows from the log, so all nodes agree about it.
 */
export class Sessions {
  /** By least recent use in the log. */
  readonly #sessions = new Map<number, Session>();

  open(id: number): void {
    this.#sessions.set(id, { firstUnanswered: 1, answers: new Map() });
    if (this.#sessions.size <= sessionsMax) return;
    const [oldest] = this.#sessions.keys();
    if (oldest !== undefined) this.#sessions.delete(oldest);
  }

  /**
   * Looks a command up: `unknown` session, a `duplicate` with its first answer (null: the client has it already), `new`,
   * or one `too many`. Answers below `firstUnanswered` are forgotten.
   */
  look(
    id: number,
    sequence: number,
    firstUnanswered: number,
  ): { readonly kind: 'unknown' | 'new' | 'too-many' } | { readonly kind: 'duplicate'; readonly answer: Uint8Array | null } {
    const session = this.#sessions.get(id);
    if (session === undefined) return { kind: 'unknown' };
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    for (; session.firstUnanswered < firstUnanswered; session.firstUnanswered++) {
      session.answers.delete(session.firstUnanswered);
      // A far jump of a client that had few answers open must not cost a loop of its length.
      if (session.answers.size === 0) session.firstUnanswered = firstUnanswered - 1;
    }
    if (sequence < session.firstUnanswered) return { kind: 'duplicate', answer: null };
    const answer = session.answers.get(sequence);
    if (answer !== undefined) return { kind: 'duplicate', answer };
    return { kind: session.answers.size >= answersMax ? 'too-many' : 'new' };
  }

  /** Keeps the answer of a command that `look` found new. */
  keep(id: number, sequence: number, answer: Uint8Array): void {
    this.#sessions.get(id)?.answers.set(sequence, answer);
  }

  state(): SessionState[] {
    return [...this.#sessions].map(([id, { firstUnanswered, answers }]) => [id, firstUnanswered, [...answers]]);
  }

  static from(states: readonly SessionState[]): Sessions {
    const sessions = new Sessions();
    for (const [id, firstUnanswered, answers] of states) {
      sessions.#sessions.set(id, { firstUnanswered, answers: new Map(answers) });
    }
    return sessions;
  }
}
