import type { BrowserContext, WebError } from '@playwright/test';

/** More of them say nothing new. */
const errorsMax = 20;

/** What no page has caught, in any context that is watched, since it was last taken. */
export class PageErrors {
  readonly #watched = new WeakSet<BrowserContext>();
  #errors: string[] = [];

  /** Collects the errors of all pages of a context, those still to be opened included. */
  watch(context: BrowserContext): void {
    if (this.#watched.has(context)) return;
    this.#watched.add(context);
    context.on('weberror', (error) => this.#add(error));
  }

  /** Answers with the errors so far, and forgets them: a test that provokes some takes them itself. */
  take(): readonly string[] {
    const errors = this.#errors;
    this.#errors = [];
    return errors;
  }

  #add(error: WebError): void {
    const cause = error.error();
    const text = `${error.page()?.url()}: ${cause.stack ?? cause.message}`;
    if (this.#errors.length >= errorsMax) return;
    this.#errors.push(text);
    // Whatever fails for it later, and where nothing does, in benchmarks, it is seen.
    console.error(`page error: ${text}`);
  }
}

/** One for the worker: pages that a beforeAll has opened are everybody's. */
export const pageErrors = new PageErrors();
