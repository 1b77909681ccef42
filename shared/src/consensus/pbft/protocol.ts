import { byzantineQuorum, liarsTolerated, type Protocol } from '../../core/index.js';
import { pbftClient } from './client.js';
import type { ClientState } from './client-state.js';
import { describe } from './describe.js';
import { drawOptions } from './draw-options.js';
import { forgery } from './forge.js';
import { PbftChecker } from './invariants.js';
import { type PbftMessage, signedParts, votersMax } from './messages.js';
import { type PbftOptions, parseOptions } from './options.js';
import { pbftReplica } from './replica.js';
import { parseMessage } from './schemas.js';
import type { PbftState } from './state.js';

/** PBFT, as host, simulator, room and views know it. */
export const pbft: Protocol<PbftState, ClientState, PbftMessage, PbftOptions> = {
  name: 'pbft',
  kind: 'log',
  instances: {
    server: { process: pbftReplica, runsAt: 'servers' },
    client: { process: pbftClient, runsAt: 'all' },
  },
  // Three bear no liar.
  votersMin: 4,
  votersMax,
  reconfigures: false,
  provesSnapshots: true,
  parseOptions,
  drawOptions,
  // Those that are left must still make a quorum.
  crashesTolerated: (voters) => voters - byzantineQuorum(voters),
  forgery,
  // Where every answer takes a quorum, liars that answer clients otherwise can keep it from coming about.
  liarsTolerated: (voters, { readOnlyOptimisation }) => (readOnlyOptimisation ? 0 : liarsTolerated(voters)),
  parseMessage,
  signedParts,
  describe,
  createChecker: (voters, options) => new PbftChecker(voters, options),
};
