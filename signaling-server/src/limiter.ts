import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** What is left after paying: undefined when it was affordable, else how long to wait and how far over the limit. */
export type Overdrawn = { readonly retryAfterMs: number; readonly pointsUsed: number };

/** Points per key and window, in memory; keys are forgotten with their window. */
export class Limiter {
  readonly #points: RateLimiterMemory;

  constructor(pointsMax: number, windowMs: number) {
    this.#points = new RateLimiterMemory({ points: pointsMax, duration: windowMs / 1000 });
  }

  async pay(key: string, points: number): Promise<Overdrawn | undefined> {
    try {
      await this.#points.consume(key, points);
      return undefined;
    } catch (reason) {
      // The library tells of an empty purse by rejecting with its state, and of a fault with an Error.
      if (reason instanceof RateLimiterRes) {
        return { retryAfterMs: reason.msBeforeNext, pointsUsed: reason.consumedPoints };
      }
      throw reason;
    }
  }

  async fine(key: string, points: number): Promise<void> {
    await this.#points.penalty(key, points);
  }

  async refund(key: string, points: number): Promise<void> {
    await this.#points.reward(key, points);
  }
}
