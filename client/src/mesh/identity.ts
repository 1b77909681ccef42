/**
 * Who this tab is to the others, and how it checks who they are. Signing and checking answer later, by completion, as the
 * host's crypto does: they may take turns of the event loop, or another thread.
 */
export type IdentityPort = {
  /** Proofs hold in this room alone. */
  readonly room: string;
  /** Ed25519, 32 bytes; this tab's id is the hash of it. */
  readonly publicKey: Uint8Array;
  nodeIdOf(publicKey: Uint8Array): string;
  sign(bytes: Uint8Array, done: (signature: Uint8Array) => void): void;
  /** Whether the key has signed these bytes. */
  verify(
    publicKey: Uint8Array,
    bytes: Uint8Array,
    signature: Uint8Array,
    done: (holds: boolean) => void,
  ): void;
};
