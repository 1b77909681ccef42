import type { Protocol } from '../../core/index.js';
import { bestEffortServer } from './best-effort.js';
import { BestEffortChecker } from './invariants.js';
import { type BestEffortMessage, describe, parseMessage } from './messages.js';
import { type BestEffortOptions, drawOptions, parseOptions } from './options.js';
import type { BestEffortState } from './state.js';

/** Best-effort broadcast, as host, simulator, room and views know it. */
export const bestEffort: Protocol<BestEffortState, never, BestEffortMessage, BestEffortOptions> = {
  name: 'best-effort',
  kind: 'broadcast',
  instances: { server: { process: bestEffortServer, runsAt: 'all' } },
  votersMin: 2,
  // As many as a room's document names; all other tabs of the run take part without a vote.
  votersMax: 9,
  reconfigures: false,
  parseOptions,
  drawOptions,
  // Who is left goes on, however few.
  crashesTolerated: (voters) => voters - 1,
  parseMessage,
  signedParts: () => [],
  describe,
  createChecker: (nodes, options) => new BestEffortChecker(nodes, options),
};
