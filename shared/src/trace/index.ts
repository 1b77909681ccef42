export * from './events.js';
export * from './recorder.js';
export * from './schema.js';
