import type { NodeId } from '../core/index.js';
import type { Crypto } from '../host/index.js';

/**
 * Ideal signatures: what a node signed with its own port is its signature of exactly these bytes, and nobody else has a port
 * that makes it. A keyed hash that is fast rather than strong: nothing in a simulated world looks for collisions.
 */
export function oracle(self: NodeId): Crypto {
  return {
    sign: (bytes, done) => done(seal(self, bytes)),
    verify: (signer, bytes, signature, done) => done(areEqual(signature, seal(signer, bytes))),
  };
}

function seal(signer: NodeId, bytes: Uint8Array): Uint8Array {
  let [a, b] = [0x811c9dc5, 0x9e3779b9];
  for (let i = 0; i < signer.length; i++) {
    a = Math.imul(a ^ signer.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ signer.charCodeAt(i), 0x85ebca6b);
  }
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul((b ^ byte) + 0x6d2b79f5, 0xc2b2ae35);
    b ^= b >>> 15;
  }
  const sealed = new Uint8Array(8);
  new DataView(sealed.buffer).setUint32(0, a);
  new DataView(sealed.buffer).setUint32(4, b);
  return sealed;
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
