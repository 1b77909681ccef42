export { defaultLimits, type Limits } from './limits.js';
export { createSignalingServer, type SignalingServer, type SignalingServerOptions } from './server.js';
