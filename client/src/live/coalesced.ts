/** Does something at once, and then, however often it is asked for, at most every so many ms; the last wish is always met. */
export class Coalesced {
  readonly #run: () => void;
  readonly #everyMs: number;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #isAsked = false;

  constructor(run: () => void, everyMs: number) {
    this.#run = run;
    this.#everyMs = everyMs;
  }

  ask(): void {
    if (this.#timer !== null) {
      this.#isAsked = true;
      return;
    }
    this.#isAsked = false;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#isAsked) this.ask();
    }, this.#everyMs);
    this.#run();
  }
}
