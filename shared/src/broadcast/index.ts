export { bestEffort } from './best-effort/index.js';
export { decodeAccepted } from './common/accepted.js';
