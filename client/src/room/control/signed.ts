import { CounterSchema, compareIds, counterMax, type NodeId, nextCounter } from '@quorate/shared/core';
import { decodeValue, encodeValue, NodeIdSchema, RoomCodeSchema, WireError } from '@quorate/shared/wire';
import * as v from 'valibot';
import { nodeIdOf, verify } from '../../node/index.js';
import { type RoomDocument, RoomDocumentSchema } from '../document.js';
import { bytesEqual, digestOf, textOf } from './bytes.js';

/** Bytes with a buffer of their own: a view would keep the whole frame that they came in. */
const bytesUpTo = (bytesMax: number) =>
  v.pipe(
    v.instance(Uint8Array),
    v.maxLength(bytesMax),
    v.transform((bytes) => bytes.slice()),
  );
const bytesOf = (bytes: number) => v.pipe(bytesUpTo(bytes), v.minLength(bytes));

/**
 * A version of the room document as tabs pass it on. Two statements stand in it: the **charter**, signed by the host's key,
 * says who the host is and whom it has made co-host; the **document**, signed by one of those, stands on that very charter.
 * What is signed are the bytes that travel, so that every tab checks what its signer wrote and not what it reads into it.
 */
export const SignedDocumentSchema = v.object({
  charter: bytesUpTo(4_096),
  charterSignature: bytesOf(64),
  /** A document at all its bounds is about half of this. */
  body: bytesUpTo(1024 * 1024),
  /** Who has signed the document. */
  key: bytesOf(32),
  signature: bytesOf(64),
});
export type SignedDocument = v.InferOutput<typeof SignedDocumentSchema>;

/** Co-hosts at one time. */
export const coHostsMax = 8;

const CharterSchema = v.object({
  code: RoomCodeSchema,
  version: v.pipe(CounterSchema, v.minValue(1)),
  /** The host's: the root of all that is believed here. */
  key: bytesOf(32),
  coHosts: v.pipe(v.array(NodeIdSchema), v.maxLength(coHostsMax)),
});
export type Charter = v.InferOutput<typeof CharterSchema>;

const BodySchema = v.object({
  /** The charter's digest: no document can be moved onto another charter. */
  charter: bytesOf(32),
  document: RoomDocumentSchema,
});

/** A version that has been read. */
export type RoomVersion = {
  readonly signed: SignedDocument;
  readonly charter: Charter;
  readonly document: RoomDocument;
  readonly signer: NodeId;
  /** Of the document's bytes, as text. */
  readonly digest: string;
};

/** Who can sign here. */
export type Signer = {
  readonly node: NodeId;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  sign(bytes: Uint8Array): Promise<Uint8Array>;
};

/** Why a version is not believed; the message says it to its sender. */
export class ForgedError extends Error {
  override readonly name = 'ForgedError';
}

/** What is signed begins with what it is: a signature of one kind of statement is none of another. */
const charterTag = textOf('quorate room charter 1\n');
const documentTag = textOf('quorate room document 1\n');

/**
 * Reads a version, and checks all that needs no signature: form, room, and that its signer may sign it. Throws `ForgedError`.
 * It proves nothing yet: `verifyVersion` does.
 */
export function readVersion(signed: SignedDocument, code: string): RoomVersion {
  const charter = parsed(CharterSchema, signed.charter, 'charter');
  const body = parsed(BodySchema, signed.body, 'document');
  const { document } = body;
  const signer = nodeIdOf(signed.key);
  const host = nodeIdOf(charter.key);
  if (document.code !== code || charter.code !== code) throw new ForgedError('it is another room’s');
  if (document.host !== host) throw new ForgedError('its charter is another host’s');
  if (!bytesEqual(body.charter, digestOf(signed.charter)))
    throw new ForgedError('it stands on another charter');
  if (signer !== host && !charter.coHosts.includes(signer))
    throw new ForgedError('its signer is neither the host nor a co-host');
  if (document.ended && signer !== host) throw new ForgedError('only the host ends a room');
  if (document.removed.includes(host)) throw new ForgedError('it removes the host');
  return { signed, charter, document, signer, digest: digestOf(signed.body).join() };
}

/** Whether both signatures hold: the host's under the charter, the signer's under the document. */
export async function verifyVersion({ signed, charter }: RoomVersion): Promise<boolean> {
  const [charterHolds, documentHolds] = await Promise.all([
    verify(charter.key, tagged(charterTag, signed.charter), signed.charterSignature),
    verify(signed.key, tagged(documentTag, signed.body), signed.signature),
  ]);
  return charterHolds && documentHolds;
}

/** The first version of a room, by its host. */
export async function foundRoom(signer: Signer, document: RoomDocument): Promise<RoomVersion> {
  const { code } = document;
  const charter = await signCharter(signer, { code, version: 1, key: signer.publicKey, coHosts: [] });
  return signDocument(signer, charter, document);
}

/** What follows `base`, signed. `coHosts`, where they are others than before, take a new charter, which only the host signs. */
export async function signNext(
  signer: Signer,
  base: RoomVersion,
  document: RoomDocument,
  coHosts: readonly NodeId[],
): Promise<RoomVersion> {
  const isSame =
    coHosts.length === base.charter.coHosts.length &&
    coHosts.every((id, i) => id === base.charter.coHosts[i]);
  if (isSame) return signDocument(signer, base.signed, document);
  const version = nextCounter(base.charter.version);
  const charter = await signCharter(signer, { ...base.charter, version, coHosts: [...coHosts] });
  // Under a new charter numbers can begin anew: a co-host that has used them all up stops nobody.
  const first = document.version === counterMax ? { ...document, version: 1 } : document;
  return signDocument(signer, charter, first);
}

/**
 * A total order on the versions of one host: above 0 when `a` goes before `b` in force, 0 only for the very same version. The
 * end of a room is last; a newer charter beats whatever was signed under an older one; then the version's number counts; and
 * of two made at the same time the host's, then the one of the higher key.
 */
export function compareVersions(a: RoomVersion, b: RoomVersion): number {
  return (
    Number(a.document.ended) - Number(b.document.ended) ||
    a.charter.version - b.charter.version ||
    a.document.version - b.document.version ||
    Number(a.signer === a.document.host) - Number(b.signer === b.document.host) ||
    compareIds(a.signer, b.signer) ||
    a.document.changedAtMs - b.document.changedAtMs ||
    compareIds(a.digest, b.digest)
  );
}

type SignedCharter = Pick<SignedDocument, 'charter' | 'charterSignature'>;

async function signCharter(signer: Signer, charter: Charter): Promise<SignedCharter> {
  const bytes = encodeValue(charter);
  return { charter: bytes, charterSignature: (await signer.sign(tagged(charterTag, bytes))).slice() };
}

async function signDocument(
  signer: Signer,
  { charter, charterSignature }: SignedCharter,
  document: RoomDocument,
): Promise<RoomVersion> {
  const body = encodeValue({ charter: digestOf(charter), document });
  const signature = (await signer.sign(tagged(documentTag, body))).slice();
  return readVersion({ charter, charterSignature, body, key: signer.publicKey, signature }, document.code);
}

function parsed<Schema extends v.GenericSchema>(
  schema: Schema,
  bytes: Uint8Array,
  what: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, decoded(bytes, what));
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new ForgedError(`its ${what} is malformed: ${v.getDotPath(issue) ?? ''}: ${issue.message}`);
}

function decoded(bytes: Uint8Array, what: string): unknown {
  try {
    return decodeValue(bytes);
  } catch (error) {
    if (error instanceof WireError) throw new ForgedError(`its ${what} can’t be read: ${error.message}`);
    throw error;
  }
}

function tagged(tag: Uint8Array, bytes: Uint8Array): Uint8Array {
  const all = new Uint8Array(tag.length + bytes.length);
  all.set(tag);
  all.set(bytes, tag.length);
  return all;
}
