export type { ClientState } from './client-state.js';
export type { PbftMessage } from './messages.js';
export type { PbftOptions } from './options.js';
export { pbft } from './protocol.js';
export type { PbftState } from './state.js';
