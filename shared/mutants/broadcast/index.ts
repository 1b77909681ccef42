export { bestEffort } from './best-effort.js';
export { gossip } from './gossip.js';
export { reliable } from './reliable.js';
