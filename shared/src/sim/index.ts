export { createMemoryDisk, type MemoryDisk, type MemoryDiskOptions } from './disk/memory-disk.js';
export { runSeed, type SeedOptions, type SeedReport } from './run-seed.js';
export { Scheduler } from './scheduler.js';
export { drawPlan, type FaultKind, faultKinds, type SwarmPlan } from './swarm.js';
export { lineOf, messageText, transcriptLine, transcriptText } from './transcript.js';
