import { MeshViolation, type ProofProblem, proofProblems, type ViolationCode } from './types.js';

/** Of what is said in the lane `link`, and of what is signed there. Before the second, nobody proved who they are. */
export const LINK_VERSION = 2;

/** What the two ends of a link tell each other, in the lane `link`. */
export type LinkMessage =
  /** The first message of each side, once its channels are open: the key of its id, and a number drawn for this link. */
  | { readonly type: 'identity'; readonly publicKey: Uint8Array; readonly nonce: Uint8Array }
  /** Once the other side's identity is here: what this side has signed (see link-proof.ts), and the signature. */
  | { readonly type: 'proof'; readonly signature: Uint8Array; readonly statement: Uint8Array }
  /** The receiver's proof was not taken, and the link ends. */
  | { readonly type: 'unproven'; readonly problem: ProofProblem }
  /** The receiver's proof was taken: now it may send frames. `wanted`: some owner here asked for the link. */
  | { readonly type: 'hello'; readonly wanted: boolean }
  | { readonly type: 'wanted'; readonly wanted: boolean }
  /** `token` comes back in the answer; it means nothing to the other side. */
  | { readonly type: 'ping'; readonly token: number }
  | { readonly type: 'pong'; readonly token: number }
  | { readonly type: 'goodbye'; readonly reason: GoodbyeReason }
  /** A message of the receiver broke the rules and was dropped. */
  | { readonly type: 'violation'; readonly code: ViolationCode };

export type GoodbyeReason = 'crashed' | 'left' | 'lost' | 'released' | 'replaced';

const REASONS: readonly GoodbyeReason[] = ['crashed', 'left', 'lost', 'released', 'replaced'];
const CODES: readonly ViolationCode[] = [
  'wrong-version',
  'malformed',
  'oversized',
  'unexpected-lane',
  'out-of-sequence',
  'not-binary',
  'bad-signal',
  'too-often',
];
/** The first message of a page of the first version, which asks for no proof. */
const HELLO_OF_OLD = 0;
const WANTED = 1;
const PING = 2;
const PONG = 3;
const GOODBYE = 4;
const VIOLATION = 5;
const IDENTITY = 6;
const PROOF = 7;
const UNPROVEN = 8;
const HELLO = 9;
const KEY_BYTES = 32;
const NONCE_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** Two ids of 26 letters, a room's code and six times 32 bytes are some 350. */
export const STATEMENT_BYTES_MAX = 512;
const TOKEN_MESSAGE_BYTES = 5;

/** A type byte, then one byte of content, or four for a token, or what a proof takes. */
export function encodeLinkMessage(message: LinkMessage): Uint8Array<ArrayBuffer> {
  switch (message.type) {
    case 'identity':
      return joined([IDENTITY, LINK_VERSION], message.publicKey, message.nonce);
    case 'proof':
      return joined([PROOF], message.signature, message.statement);
    case 'unproven':
      return Uint8Array.of(UNPROVEN, proofProblems.indexOf(message.problem));
    case 'hello':
      return Uint8Array.of(HELLO, message.wanted ? 1 : 0);
    case 'wanted':
      return Uint8Array.of(WANTED, message.wanted ? 1 : 0);
    case 'ping':
      return withToken(PING, message.token);
    case 'pong':
      return withToken(PONG, message.token);
    case 'goodbye':
      return Uint8Array.of(GOODBYE, REASONS.indexOf(message.reason));
    case 'violation':
      return Uint8Array.of(VIOLATION, CODES.indexOf(message.code));
  }
}

function joined(head: readonly number[], a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(head.length + a.length + b.length);
  bytes.set(head);
  bytes.set(a, head.length);
  bytes.set(b, head.length + a.length);
  return bytes;
}

function withToken(type: number, token: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(TOKEN_MESSAGE_BYTES);
  bytes[0] = type;
  new DataView(bytes.buffer).setUint32(1, token);
  return bytes;
}

export function decodeLinkMessage(frame: Uint8Array): LinkMessage | MeshViolation {
  const [type, content] = frame;
  if (type === HELLO_OF_OLD || (type === IDENTITY && content !== LINK_VERSION))
    return anotherVersion(type, content);
  if (type === IDENTITY && frame.length === 2 + KEY_BYTES + NONCE_BYTES) {
    const nonceAt = 2 + KEY_BYTES;
    return { type: 'identity', publicKey: frame.slice(2, nonceAt), nonce: frame.slice(nonceAt) };
  }
  if (type === PROOF && frame.length > 1 + SIGNATURE_BYTES) return decodeProof(frame);
  if (content !== undefined && frame.length === 2) {
    const reason = REASONS[content];
    const code = CODES[content];
    const problem = proofProblems[content];
    if (type === HELLO && content <= 1) return { type: 'hello', wanted: content === 1 };
    if (type === WANTED && content <= 1) return { type: 'wanted', wanted: content === 1 };
    if (type === GOODBYE && reason !== undefined) return { type: 'goodbye', reason };
    if (type === VIOLATION && code !== undefined) return { type: 'violation', code };
    if (type === UNPROVEN && problem !== undefined) return { type: 'unproven', problem };
  }
  if (frame.length === TOKEN_MESSAGE_BYTES && (type === PING || type === PONG)) {
    const token = new DataView(frame.buffer, frame.byteOffset).getUint32(1);
    return { type: type === PING ? 'ping' : 'pong', token };
  }
  return new MeshViolation('malformed', `an unknown link message (type ${type}, ${frame.length} bytes)`);
}

function decodeProof(frame: Uint8Array): LinkMessage | MeshViolation {
  const statementAt = 1 + SIGNATURE_BYTES;
  const length = frame.length - statementAt;
  if (length > STATEMENT_BYTES_MAX)
    return new MeshViolation('oversized', `a proof of ${length} bytes; sign at most ${STATEMENT_BYTES_MAX}`);
  return { type: 'proof', signature: frame.slice(1, statementAt), statement: frame.slice(statementAt) };
}

function anotherVersion(type: number, content: number | undefined): MeshViolation {
  const version = type === HELLO_OF_OLD ? 1 : content;
  return new MeshViolation(
    'wrong-version',
    `link version ${version}; reload the page to get ${LINK_VERSION}`,
  );
}
