import { MeshViolation, type ViolationCode } from './types.js';

/** What the two ends of a link tell each other, in the lane `link`. */
export type LinkMessage =
  /** The first message of each side, once its channels are open. `wanted`: some owner here asked for the link. */
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
const HELLO = 0;
const WANTED = 1;
const PING = 2;
const PONG = 3;
const GOODBYE = 4;
const VIOLATION = 5;
const TOKEN_MESSAGE_BYTES = 5;

/** A type byte, then one byte of content, or four for a token. */
export function encodeLinkMessage(message: LinkMessage): Uint8Array<ArrayBuffer> {
  switch (message.type) {
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

function withToken(type: number, token: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(TOKEN_MESSAGE_BYTES);
  bytes[0] = type;
  new DataView(bytes.buffer).setUint32(1, token);
  return bytes;
}

export function decodeLinkMessage(frame: Uint8Array): LinkMessage | MeshViolation {
  const [type, content] = frame;
  if (content !== undefined && frame.length === 2) {
    const reason = REASONS[content];
    const code = CODES[content];
    if (type === HELLO && content <= 1) return { type: 'hello', wanted: content === 1 };
    if (type === WANTED && content <= 1) return { type: 'wanted', wanted: content === 1 };
    if (type === GOODBYE && reason !== undefined) return { type: 'goodbye', reason };
    if (type === VIOLATION && code !== undefined) return { type: 'violation', code };
  }
  if (frame.length === TOKEN_MESSAGE_BYTES && (type === PING || type === PONG)) {
    const token = new DataView(frame.buffer, frame.byteOffset).getUint32(1);
    return { type: type === PING ? 'ping' : 'pong', token };
  }
  return new MeshViolation('malformed', `an unknown link message (type ${type}, ${frame.length} bytes)`);
}
