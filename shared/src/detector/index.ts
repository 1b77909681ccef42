export { detector } from './detector.js';
export { drawDetectorOptions } from './draw-options.js';
export { detectorInstance, detectorName } from './instance.js';
export { DetectorChecker } from './invariants.js';
export {
  type DetectorMessage,
  describeDetectorMessage,
  isDetectorMessage,
  parseDetectorMessage,
} from './messages.js';
export { type DetectorOptions, parseDetectorOptions } from './options.js';
export type { DetectorState } from './state.js';
