import type { Protocol } from '../../core/index.js';
import { raftClient } from './client.js';
import type { ClientState } from './client-state.js';
import { votersMax } from './configuration.js';
import { drawOptions } from './draw-options.js';
import { forgery } from './forge.js';
import { RaftChecker } from './invariants.js';
import { leaseBound } from './lease.js';
import { describe, parseMessage, type RaftMessage } from './messages.js';
import { parseOptions, type RaftOptions } from './options.js';
import { raftServer } from './raft.js';
import { salvage } from './salvage.js';
import type { RaftState } from './state.js';

/** Raft, as host, simulator, room and views know it. */
export const raft: Protocol<RaftState, ClientState, RaftMessage, RaftOptions> = {
  name: 'raft',
  kind: 'log',
  instances: {
    server: { process: raftServer, runsAt: 'servers' },
    client: { process: raftClient, runsAt: 'all' },
  },
  // Two survive no crash; the room lets one tab alone try it, too.
  votersMin: 3,
  votersMax,
  reconfigures: true,
  parseOptions,
  drawOptions,
  clockBound: leaseBound,
  parseMessage,
  // Raft trusts its servers: nothing in it has to convince third parties.
  signedParts: () => [],
  forgery,
  describe,
  // One vote a term, and at most one leader in it.
  provingNotes: ['vote-granted', 'second-leader'],
  salvage,
  createChecker: (voters) => new RaftChecker(voters),
};
