export { generateKeys, type StoredKeys, signWith, verify } from './keys.js';
export { base32, nodeIdOf } from './node-id.js';
