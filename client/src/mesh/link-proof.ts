import { decodeValue, encodeValue, WireError } from '@quorate/shared/wire';
import * as v from 'valibot';
import { LINK_VERSION } from './link-messages.js';
import type { ProofProblem } from './types.js';

/**
 * What one side of a link signs to prove who it is. Its two roles are named by their ids, so that no proof can be sent back
 * to its maker; both nonces, both keys and the room stand in it, so that none holds on another link; and both fingerprints
 * as the signer sees them, so that none holds across somebody who has ended the encryption on the way.
 */
export type LinkStatement = {
  readonly room: string;
  readonly signer: Party;
  readonly verifier: Party;
};

/** One end of a link. */
export type Party = {
  readonly id: string;
  /** Ed25519, 32 bytes. */
  readonly key: Uint8Array;
  /** Drawn for this link, 32 bytes. */
  readonly nonce: Uint8Array;
  /** Of the certificate at this end, as the signer sees it: SHA-256, 32 bytes. */
  readonly fingerprint: Uint8Array;
};

/** What is signed begins with what it is: a signature of another kind of statement is none of this. */
const TAG = new TextEncoder().encode('quorate link proof 1\n');

const bytes = v.pipe(v.instance(Uint8Array), v.length(32));
const PartySchema = v.strictTuple([v.string(), bytes, bytes, bytes]);
const StatementSchema = v.strictTuple([v.literal(LINK_VERSION), v.string(), PartySchema, PartySchema]);

/** The bytes that are signed. Two statements that differ in anything have different bytes. */
export function encodeStatement({ room, signer, verifier }: LinkStatement): Uint8Array<ArrayBuffer> {
  const content = encodeValue([LINK_VERSION, room, partyTuple(signer), partyTuple(verifier)]);
  const encoded = new Uint8Array(TAG.length + content.length);
  encoded.set(TAG);
  encoded.set(content, TAG.length);
  return encoded;
}

/** What was signed, or null where it is no statement of this kind. */
export function readStatement(encoded: Uint8Array): LinkStatement | null {
  if (!bytesEqual(encoded.subarray(0, TAG.length), TAG)) return null;
  const result = v.safeParse(StatementSchema, decoded(encoded.subarray(TAG.length)));
  if (!result.success) return null;
  const [, room, signer, verifier] = result.output;
  return { room, signer: partyOf(signer), verifier: partyOf(verifier) };
}

/**
 * What is wrong with a statement that bears the peer's signature, where `expected` is what it must say; null where nothing is.
 * Only where all but the fingerprints is right has somebody else's encryption come between the two.
 */
export function statementProblem(expected: LinkStatement, encoded: Uint8Array): ProofProblem | null {
  if (bytesEqual(encoded, encodeStatement(expected))) return null;
  const given = readStatement(encoded);
  if (given === null) return 'proof-invalid';
  const isForThisLink =
    given.room === expected.room &&
    isSameEnd(given.signer, expected.signer) &&
    isSameEnd(given.verifier, expected.verifier);
  if (!isForThisLink) return 'proof-replayed';
  const isSameConnection =
    bytesEqual(given.signer.fingerprint, expected.signer.fingerprint) &&
    bytesEqual(given.verifier.fingerprint, expected.verifier.fingerprint);
  // The same said in other bytes is nothing that this version writes.
  return isSameConnection ? 'proof-invalid' : 'fingerprint-swapped';
}

export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function isSameEnd(a: Party, b: Party): boolean {
  return a.id === b.id && bytesEqual(a.key, b.key) && bytesEqual(a.nonce, b.nonce);
}

function partyTuple({
  id,
  key,
  nonce,
  fingerprint,
}: Party): readonly [string, Uint8Array, Uint8Array, Uint8Array] {
  return [id, key, nonce, fingerprint];
}

function partyOf([id, key, nonce, fingerprint]: v.InferOutput<typeof PartySchema>): Party {
  return { id, key, nonce, fingerprint };
}

function decoded(encoded: Uint8Array): unknown {
  try {
    return decodeValue(encoded);
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}
