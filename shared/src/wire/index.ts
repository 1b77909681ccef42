export * from './frames.js';
export * from './signaling.js';
export * from './value.js';
