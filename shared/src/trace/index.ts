export { everything, type TraceLimits } from './allowance.js';
export * from './events.js';
export * from './kinds.js';
export * from './recorder.js';
export * from './schema.js';
