export { actionText, type FaultAction, type FaultDeed } from './actions.js';
export { createMemoryDisk, type MemoryDisk, type MemoryDiskOptions } from './disk/memory-disk.js';
export { type FaultKind, faultKinds } from './fault-kinds.js';
export { runSeed, type SeedOptions, type SeedReport, type SeedVerdict } from './run-seed.js';
export { faultyMsMax } from './schedule.js';
export { Scheduler } from './scheduler.js';
export { type Shrunk, shrink } from './shrink.js';
export { lineOf, messageText, transcriptLine, transcriptText } from './transcript.js';
export { TranscriptLog } from './transcript-log.js';
