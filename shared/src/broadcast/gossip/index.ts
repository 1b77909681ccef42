export type { Gossip, GossipMessage } from './messages.js';
export { gossip } from './protocol.js';
