export * from './host-lab.js';
export * from './toy-protocol.js';
export * from './toy-stack.js';
export * from './with-process.js';
