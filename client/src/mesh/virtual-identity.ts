import { sha512 } from '@noble/hashes/sha2.js';
import type { IdentityPort } from './identity.js';

const KEY_BYTES = 32;

/*
 * Identities for tests: a key is its id, so that pages can have names that a test reads. A signature says who signed what, and
 * holds for nothing else; that only tests make them in the name of others is the tests' own business.
 */

export function virtualKeyOf(id: string): Uint8Array<ArrayBuffer> {
  const key = new Uint8Array(KEY_BYTES);
  key.set(new TextEncoder().encode(id));
  return key;
}

export function virtualSignature(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return sha512(new Uint8Array([...key, ...bytes]));
}

/** Answers in a turn of its own, given by `soon`. */
export function virtualIdentity(id: string, soon: (run: () => void) => void, room = 'room'): IdentityPort {
  const publicKey = virtualKeyOf(id);
  return {
    room,
    publicKey,
    nodeIdOf: (key) => new TextDecoder().decode(key.subarray(0, key.indexOf(0))),
    sign: (bytes, done) => soon(() => done(virtualSignature(publicKey, bytes))),
    verify: (key, bytes, signature, done) => {
      const expected = virtualSignature(key, bytes);
      soon(() => done(expected.every((byte, index) => byte === signature[index])));
    },
  };
}
