export { bestEffort } from './best-effort/index.js';
export { decodeAccepted } from './common/accepted.js';
export { reliable } from './reliable/index.js';
