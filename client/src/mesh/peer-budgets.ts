const PEERS_MAX = 256;

/** What a peer may do at once, and what comes back of it each second. */
export type BudgetLimits = {
  readonly messagesMax: number;
  readonly bytesMax: number;
  readonly messagesPerSecond: number;
  readonly bytesPerSecond: number;
};

type Budget = { messages: number; bytes: number; atMs: number };

/** Bounds what each peer may have this tab pass on, so that none can fill the others' links with it. */
export class PeerBudgets {
  readonly #limits: BudgetLimits;
  readonly #budgets = new Map<string, Budget>();

  constructor(limits: BudgetLimits) {
    this.#limits = limits;
  }

  /** Takes one message of so many bytes out of the peer's budget. False where it has too little left. */
  spend(peer: string, bytes: number, nowMs: number): boolean {
    const { messagesMax, bytesMax, messagesPerSecond, bytesPerSecond } = this.#limits;
    const budget = this.#budgets.get(peer) ?? { messages: messagesMax, bytes: bytesMax, atMs: nowMs };
    const seconds = Math.max(0, nowMs - budget.atMs) / 1_000;
    budget.messages = Math.min(messagesMax, budget.messages + seconds * messagesPerSecond);
    budget.bytes = Math.min(bytesMax, budget.bytes + seconds * bytesPerSecond);
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
