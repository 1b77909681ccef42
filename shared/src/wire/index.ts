export { decodeFrame, encodeFrame, type Frame, frameBytesMax, frameVersion } from './frames.js';
export { valueLimits } from './shape.js';
export * from './signaling.js';
export { decodeValue, encodeCanonical, encodeValue } from './value.js';
export { WireError, type WireErrorCode } from './wire-error.js';
