export * from './cluster.js';
export * from './step.js';
export * from './watched.js';
