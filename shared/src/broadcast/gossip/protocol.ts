import type { Protocol } from '../../core/index.js';
import { gossipServer } from './gossip.js';
import { GossipChecker } from './invariants.js';
import type { GossipMessage } from './messages.js';
import { drawOptions, type GossipOptions, parseOptions } from './options.js';
import { describe, parseMessage } from './schemas.js';
import type { GossipState } from './state.js';

/** Gossip broadcast, as host, simulator, room and views know it. */
export const gossip: Protocol<GossipState, never, GossipMessage, GossipOptions> = {
  name: 'gossip',
  kind: 'broadcast',
  instances: { server: { process: gossipServer, runsAt: 'all' } },
  votersMin: 2,
  votersMax: 256,
  reconfigures: false,
  parseOptions,
  drawOptions,
  // Who is left goes on, however few.
  crashesTolerated: (voters) => voters - 1,
  parseMessage,
  signedParts: () => [],
  describe,
  createChecker: (nodes, options) => new GossipChecker(nodes, options),
};
