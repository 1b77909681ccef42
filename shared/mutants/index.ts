export type { Finding } from './hunt.js';
export { stepsPerSeed } from './hunt.js';
export { huntOnThread } from './hunts.js';
export { findMutants, protocolsWithMutants } from './lists.js';
export type { Mutant, MutantList } from './mutant.js';
