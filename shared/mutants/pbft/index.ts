import type { MutantList } from '../mutant.js';
import { agreement } from './agreement.js';
import { checkpoints } from './checkpoints.js';
import { clients } from './clients.js';
import { durability } from './durability.js';
import { lies } from './lies.js';
import { views } from './views.js';

/** PBFT's rules, each broken once, and the host's that liars meet. */
export const pbft: MutantList = {
  protocol: 'pbft',
  mutants: [...agreement, ...durability, ...views, ...checkpoints, ...clients, ...lies],
};
