/** Clients remembered; beyond, the one that has been silent for the most entries of the log is forgotten. */
export const sessionsMax = 1_024;
/** Answers kept for one client: more than it may have in flight. */
export const answersMax = 2_048;
/** Bytes of answers kept for one client: 256 in flight, each refused with the largest value, fit twice. */
export const answerBytesMax = 8 * 1024 * 1024;
/** Bytes of answers kept for all, so that a snapshot stays bounded; beyond, the longest silent clients are forgotten. */
export const allAnswerBytesMax = 24 * 1024 * 1024;

type Session = { firstUnanswered: number; bytes: number; readonly answers: Map<number, Uint8Array> };

export type SessionState = readonly [
  id: number,
  firstUnanswered: number,
  answers: readonly (readonly [sequence: number, answer: Uint8Array])[],
];

/**
 * What `look` finds: no such session, a command already carried out with its first answer (null: the client has said that
 * it has it), or one that is new.
 */
export type Looked =
  | { readonly kind: 'unknown' | 'new' }
  | { readonly kind: 'duplicate'; readonly answer: Uint8Array | null };

/**
 * Which commands of which client have been carried out, and what was answered (Raft dissertation, 6.3). All of it
 * follows from the log, so all nodes agree about it.
 */
export class Sessions {
  /** By least recent use in the log. */
  readonly #sessions = new Map<number, Session>();
  #bytes = 0;

  open(id: number): void {
    this.#sessions.set(id, { firstUnanswered: 1, bytes: 0, answers: new Map() });
    if (this.#sessions.size > sessionsMax) this.#forgetOldest();
  }

  /**
   * Looks a command up. Answers below `firstUnanswered` are forgotten. A client that leaves too much unanswered loses its
   * session: to refuse the command alone would not do, since a copy of it may come when there is room again.
   */
  look(id: number, sequence: number, firstUnanswered: number): Looked {
    const session = this.#sessions.get(id);
    if (session === undefined) return { kind: 'unknown' };
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    this.#forgetAnswered(session, firstUnanswered);
    if (sequence < session.firstUnanswered) return { kind: 'duplicate', answer: null };
    const answer = session.answers.get(sequence);
    if (answer !== undefined) return { kind: 'duplicate', answer };
    if (session.answers.size < answersMax && session.bytes <= answerBytesMax) return { kind: 'new' };
    this.#forget(id);
    return { kind: 'unknown' };
  }

  /** Keeps the answer of a command that `look` found new. */
  keep(id: number, sequence: number, answer: Uint8Array): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    session.answers.set(sequence, answer);
    session.bytes += answer.length;
    this.#bytes += answer.length;
    while (this.#bytes > allAnswerBytesMax && this.#sessions.size > 1) this.#forgetOldest();
  }

  state(): SessionState[] {
    return [...this.#sessions].map(([id, { firstUnanswered, answers }]) => [
      id,
      firstUnanswered,
      [...answers],
    ]);
  }

  static from(states: readonly SessionState[]): Sessions {
    const sessions = new Sessions();
    for (const [id, firstUnanswered, answers] of states) {
      let bytes = 0;
      for (const [, answer] of answers) bytes += answer.length;
      sessions.#sessions.set(id, { firstUnanswered, bytes, answers: new Map(answers) });
      sessions.#bytes += bytes;
    }
    return sessions;
  }

  #forgetAnswered(session: Session, firstUnanswered: number): void {
    const { firstUnanswered: from, answers } = session;
    if (firstUnanswered <= from) return;
    session.firstUnanswered = firstUnanswered;
    // A client may claim to have had answers far ahead: the way is as long as the shorter of the jump and the list.
    if (firstUnanswered - from <= answers.size) {
      for (let sequence = from; sequence < firstUnanswered; sequence++) this.#forgetAnswer(session, sequence);
    } else {
      for (const sequence of answers.keys())
        if (sequence < firstUnanswered) this.#forgetAnswer(session, sequence);
    }
  }

  #forgetAnswer(session: Session, sequence: number): void {
    const answer = session.answers.get(sequence);
    if (answer === undefined) return;
    session.answers.delete(sequence);
    session.bytes -= answer.length;
    this.#bytes -= answer.length;
  }

  #forgetOldest(): void {
    const [oldest] = this.#sessions.keys();
    if (oldest !== undefined) this.#forget(oldest);
  }

  #forget(id: number): void {
    this.#bytes -= this.#sessions.get(id)?.bytes ?? 0;
    this.#sessions.delete(id);
  }
}
