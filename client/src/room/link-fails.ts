import type { LinkState } from '../mesh/index.js';

/** Whether a link that is asked for does not come up for now: the last try has failed. */
export function linkFails(state: LinkState = 'closed'): boolean {
  return state === 'backoff' || state === 'closed';
}
