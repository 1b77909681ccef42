export { gossip } from './protocol.js';
