import { crashesTolerated, type Protocol } from '../../core/index.js';
import { ReliableChecker } from './invariants.js';
import { describe, parseMessage, type ReliableMessage } from './messages.js';
import { drawOptions, parseOptions, type ReliableOptions } from './options.js';
import { reliableServer } from './reliable.js';
import type { ReliableState } from './state.js';

/** Reliable broadcast, as host, simulator, room and views know it. */
export const reliable: Protocol<ReliableState, never, ReliableMessage, ReliableOptions> = {
  name: 'reliable',
  kind: 'broadcast',
  instances: { server: { process: reliableServer, runsAt: 'all' } },
  votersMin: 2,
  // As many as a room's document names; all other tabs of the run take part without a vote.
  votersMax: 9,
  reconfigures: false,
  parseOptions,
  drawOptions,
  // Uniform deliveries need a majority; otherwise who is left goes on, however few.
  crashesTolerated: (voters, { uniform }) => (uniform ? crashesTolerated(voters) : voters - 1),
  parseMessage,
  signedParts: () => [],
  describe,
  createChecker: (voters, options) => new ReliableChecker(voters, options),
};
