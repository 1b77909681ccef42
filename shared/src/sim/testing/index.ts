export * from './host-lab.js';
export * from './toy-protocol.js';
