export type { BestEffortMessage } from './messages.js';
export type { BestEffortOptions } from './options.js';
export { bestEffort } from './protocol.js';
export type { BestEffortState } from './state.js';
