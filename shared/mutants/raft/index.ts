import type { MutantList } from '../mutant.js';
import { clients } from './clients.js';
import { commitment } from './commitment.js';
import { elections } from './elections.js';
import { host } from './host.js';
import { membership } from './membership.js';
import { replication } from './replication.js';
import { snapshots } from './snapshots.js';

/** Raft's rules, and the host's under Raft, each broken once. */
export const raft: MutantList = {
  protocol: 'raft',
  mutants: [...elections, ...replication, ...commitment, ...snapshots, ...clients, ...membership, ...host],
};
