import type { NodeId } from '@quorate/shared/core';
import type { Crypto } from '@quorate/shared/host';
import { nodeIdOf, type StoredKeys, signWith, verify } from '../keys/index.js';

/** Public keys remembered; a room has fewer tabs. */
const keysMax = 1_024;

/** Signs with this node's own key, and checks others' by the keys that their node ids are derived from. */
export class KeyCrypto implements Crypto {
  readonly #keys: StoredKeys;
  readonly #onFailure: (cause: unknown) => void;
  readonly #publicKeys = new Map<NodeId, Uint8Array>();

  constructor(keys: StoredKeys, onFailure: (cause: unknown) => void) {
    this.#keys = keys;
    this.#onFailure = onFailure;
    // Others pass on what this node has signed.
    this.learn(nodeIdOf(keys.publicKey), keys.publicKey);
  }

  /** Remembers a node's public key, wherever it was heard: only the one that its id is derived from is taken. */
  learn(node: NodeId, publicKey: Uint8Array): void {
    if (this.#publicKeys.size >= keysMax || nodeIdOf(publicKey) !== node) return;
    this.#publicKeys.set(node, publicKey);
  }

  sign(bytes: Uint8Array, done: (signature: Uint8Array) => void): void {
    signWith(this.#keys, bytes).then(done, this.#onFailure);
  }

  verify(signer: NodeId, bytes: Uint8Array, signature: Uint8Array, done: (valid: boolean) => void): void {
    const publicKey = this.#publicKeys.get(signer);
    // Whose key is not known can't be believed; the answer still comes later, as the port promises.
    const answer = publicKey === undefined ? Promise.resolve(false) : verify(publicKey, bytes, signature);
    answer.then(done, this.#onFailure);
  }
}
