export { bestEffort } from './best-effort/index.js';
export { decodeAccepted } from './common/accepted.js';
export { gossip } from './gossip/index.js';
export { reliable } from './reliable/index.js';
