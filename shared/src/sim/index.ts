export { actionText, type FaultAction, type FaultDeed } from './actions.js';
export { fixedTimeout } from './detector/fixed-timeout.js';
export {
  type Condition,
  type Contender,
  type Ending,
  measureEnding,
  measureQuiet,
} from './detector/measure.js';
export { createMemoryDisk, type MemoryDisk, type MemoryDiskOptions } from './disk/memory-disk.js';
export { type FaultKind, faultKinds } from './fault-kinds.js';
export { runSeed, type SeedOptions, type SeedReport } from './run-seed.js';
export { faultyMsMax } from './schedule.js';
export { Scheduler } from './scheduler.js';
export { type Shrunk, shrink } from './shrink.js';
export { findSimulated, simulated } from './simulated.js';
export { VirtualStage } from './stage/virtual-stage.js';
export { lineOf, messageText, transcriptLine, transcriptText } from './transcript.js';
export { TranscriptLog } from './transcript-log.js';
export type { SeedVerdict } from './trial.js';
