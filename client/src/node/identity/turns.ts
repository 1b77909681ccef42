/**
 * Runs jobs one a turn of the event loop, in order: some dozens of signatures that are due at once (a room that meets, without
 * WebCrypto) never hold up the page for longer than one takes. By messages, since a hidden page's timers come once a second.
 */
export class Turns {
  readonly #jobs: (() => void)[] = [];
  readonly #channel = new MessageChannel();

  constructor() {
    this.#channel.port1.onmessage = () => this.#next();
  }

  add(job: () => void): void {
    this.#jobs.push(job);
    if (this.#jobs.length === 1) this.#ask();
  }

  #next(): void {
    const job = this.#jobs.shift();
    if (this.#jobs.length > 0) this.#ask();
    job?.();
  }

  #ask(): void {
    this.#channel.port2.postMessage(null);
  }
}
