import { crashesTolerated, type Protocol, suspicions } from '../../core/index.js';
import {
  type DetectorMessage,
  describeDetectorMessage,
  detectorInstance,
  detectorName,
  isDetectorMessage,
  parseDetectorMessage,
} from '../../detector/index.js';
import { ReliableChecker } from './invariants.js';
import { describe, parseMessage, type ReliableMessage } from './messages.js';
import { drawOptions, parseOptions, type ReliableOptions } from './options.js';
import { reliableServer } from './reliable.js';
import type { ReliableState } from './state.js';

/** What its two Processes say: each hears its own kind alone. */
type Message = ReliableMessage | DetectorMessage;

/**
 * Reliable broadcast on top of a failure detector, as host, simulator, room and views know it. A suspicion makes others
 * relay what a node can no longer give, long before its link ends: a frozen tab's may stand for as long as it is frozen.
 */
export const reliable: Protocol<ReliableState, never, Message, ReliableOptions> = {
  name: 'reliable',
  kind: 'broadcast',
  instances: {
    server: { process: reliableServer, runsAt: 'all', uses: { [detectorName]: suspicions } },
    [detectorName]: detectorInstance<ReliableMessage, ReliableOptions>(({ detector }) => detector, 'all'),
  },
  votersMin: 2,
  // As many as a room's document names; all other tabs of the run take part without a vote.
  votersMax: 9,
  reconfigures: false,
  parseOptions,
  drawOptions,
  // Uniform deliveries need a majority; otherwise who is left goes on, however few.
  crashesTolerated: (voters, { uniform }) => (uniform ? crashesTolerated(voters) : voters - 1),
  parseMessage: (body, to) => (to === detectorName ? parseDetectorMessage(body) : parseMessage(body)),
  signedParts: () => [],
  describe: (message) => (isDetectorMessage(message) ? describeDetectorMessage(message) : describe(message)),
  createChecker: (voters, options) => new ReliableChecker(voters, options),
};
