export * from './group.js';
export * from './lies.js';
