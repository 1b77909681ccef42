import type { Logger } from 'pino';
import { Limiter } from './limiter.js';
import type { Limits } from './limits.js';

/** What is known of who was refused and why; session descriptions are never among it. */
type Refused = { readonly address: string; readonly code: string; readonly [detail: string]: unknown };

/** Logs refusals where people look, at most so many of one IP address in a window; the rest only for debugging. */
export class RefusalLog {
  readonly #lines: Limiter;

  constructor(
    limits: Limits,
    private readonly log: Logger,
  ) {
    this.#lines = new Limiter(limits.refusalLinesMax, limits.refusalLinesWindowMs);
  }

  async write(refused: Refused, message = 'refused'): Promise<void> {
    if (await this.#lines.pay(refused.address, 1)) this.log.debug(refused, message);
    else this.log.warn(refused, message);
  }
}
