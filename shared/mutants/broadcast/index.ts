export { bestEffort } from './best-effort.js';
export { reliable } from './reliable.js';
