/** What one neighbour may have this tab relay at once: some dozens of links being set up, say. */
const MESSAGES_MAX = 500;
const BYTES_MAX = 1024 * 1024;
/** What comes back of it each second. */
const MESSAGES_PER_SECOND = 100;
const BYTES_PER_SECOND = 128 * 1024;
const PEERS_MAX = 256;

type Budget = { messages: number; bytes: number; atMs: number };

/** Bounds what each neighbour may have this tab relay, so that none can fill the others' links with it. */
export class RelayBudgets {
  readonly #budgets = new Map<string, Budget>();

  /** Takes one message of so many bytes out of the neighbour's budget. False where it has too little left. */
  spend(peer: string, bytes: number, nowMs: number): boolean {
    const budget = this.#budgets.get(peer) ?? { messages: MESSAGES_MAX, bytes: BYTES_MAX, atMs: nowMs };
    const seconds = Math.max(0, nowMs - budget.atMs) / 1_000;
    budget.messages = Math.min(MESSAGES_MAX, budget.messages + seconds * MESSAGES_PER_SECOND);
    budget.bytes = Math.min(BYTES_MAX, budget.bytes + seconds * BYTES_PER_SECOND);
    budget.atMs = nowMs;
    // The one that has spoken last is the last to be forgotten; links are fewer than this.
    this.#budgets.delete(peer);
    this.#budgets.set(peer, budget);
    const [oldest] = this.#budgets.keys();
    if (this.#budgets.size > PEERS_MAX && oldest !== undefined) this.#budgets.delete(oldest);
    if (budget.messages < 1 || budget.bytes < bytes) return false;
    budget.messages -= 1;
    budget.bytes -= bytes;
    return true;
  }
}
