import { browserScheduler, type Scheduler } from '../../mesh/index.js';

/** Pages of one tab that begin within the same millisecond. */
const pagesAMs = 64;

/** What the overlay needs to know of the page that it runs in. */
export type OverlayPage = {
  readonly scheduler: Scheduler;
  /** Starts its random choices. */
  readonly seed: number;
  /**
   * Numbers the pages of one tab: a later one has a higher number, as long as the clock does not go back. Where it does, the
   * number is another one all the same, which is all that the names of broadcasts need.
   */
  readonly incarnation: number;
};

export function newPage(): OverlayPage {
  const [seed = 0, drawn = 0] = crypto.getRandomValues(new Uint32Array(2));
  return { scheduler: browserScheduler, seed, incarnation: Date.now() * pagesAMs + (drawn % pagesAMs) };
}
