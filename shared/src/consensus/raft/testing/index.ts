export * from './cluster.js';
export * from './step.js';
