export type { ClientState } from './client-state.js';
export type { RaftMessage } from './messages.js';
export type { RaftOptions } from './options.js';
export { raft } from './protocol.js';
export type { RaftState } from './state.js';
