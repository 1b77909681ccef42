export type { ReliableMessage } from './messages.js';
export type { ReliableOptions } from './options.js';
export { reliable } from './protocol.js';
export type { ReliableState } from './state.js';
