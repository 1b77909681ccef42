export * from './assert.js';
export * from './disk.js';
export * from './ids.js';
export * from './process.js';
export * from './protocol.js';
export * from './quorum.js';
export * from './random.js';
export * from './signed.js';
