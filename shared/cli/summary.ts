import type { SeedReport, SeedVerdict } from '../src/sim/index.js';

/** Adds up what the seeds of one call came to. */
export class Summary {
  readonly #verdicts = new Map<SeedVerdict, number>();
  #stale = 0;
  #misled = 0;
  #seeds = 0;
  #steps = 0;
  #acknowledged = 0;
  #virtualMs = 0;
  #changes = 0;

  get seeds(): number {
    return this.#seeds;
  }

  /** No rule fell, and every history was decided. */
  get isGood(): boolean {
    return this.#count('violated') + this.#count('undecided') === 0;
  }

  add({ verdict, rule, steps, acknowledged, virtualMs, changes }: SeedReport): void {
    this.#verdicts.set(verdict, this.#count(verdict) + 1);
    if (verdict === 'beyond-clock-bound' && rule !== null) this.#stale += 1;
    if (verdict === 'too-many-liars' && rule !== null) this.#misled += 1;
    this.#seeds += 1;
    this.#steps += steps;
    this.#acknowledged += acknowledged;
    this.#virtualMs += virtualMs;
    this.#changes += changes;
  }

  /** In words, for a call that took so many seconds on so many threads. */
  text(seconds: number, threads: number): string {
    const tooFew = this.#count('too-few-nodes');
    const beyond = this.#count('beyond-clock-bound');
    const liars = this.#count('too-many-liars');
    const perSecond = Math.round(this.#steps / seconds / threads);
    return (
      `${this.#seeds} seeds: ${this.#count('clean')} clean, ${this.#count('violated')} violated, ` +
      `${this.#count('undecided')} undecided` +
      (tooFew === 0 ? '' : `, ${tooFew} safe with too few nodes for progress`) +
      (beyond === 0
        ? ''
        : `, ${beyond} with clocks beyond the bound, ${this.#stale} of them with stale reads`) +
      (liars === 0 ? '' : `, ${liars} with too many liars, ${this.#misled} of them with a rule that fell`) +
      `; ${this.#steps} steps, ${perSecond} a second${threads === 1 ? '' : ` on each of ${threads} threads`}, ` +
      `${this.#acknowledged} writes acknowledged, ` +
      (this.#changes === 0 ? '' : `${this.#changes} changes of voters or leader, `) +
      `${(this.#virtualMs / 1000).toFixed(0)} s of virtual time in ${seconds.toFixed(1)} s`
    );
  }

  #count(verdict: SeedVerdict): number {
    return this.#verdicts.get(verdict) ?? 0;
  }
}
