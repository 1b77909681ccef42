import { decodeValue, encodeValue } from '../wire/index.js';

/** A session's command: `firstUnanswered` is the lowest sequence number whose answer the client still waits for. */
export type Envelope = {
  readonly session: number;
  readonly sequence: number;
  readonly firstUnanswered: number;
  readonly operation: Uint8Array;
};

/** What is in the log: a command of a session, or the opening of one. */
export type LogCommand =
  | ({ readonly kind: 'command' } & Envelope)
  | { readonly kind: 'openSession'; readonly nonce: string };

/** What the store answers to an entry of the log. */
export type Answer =
  | { readonly kind: 'opened'; readonly session: number }
  | { readonly kind: 'result'; readonly result: Uint8Array }
  | { readonly kind: 'session-expired' }
  | { readonly kind: 'bad-command'; readonly why: string };

const commandTag = 0;
const openTag = 1;
const answerKinds = ['opened', 'result', 'session-expired', 'bad-command'] as const;

export function encodeEnvelope({ session, sequence, firstUnanswered, operation }: Envelope): Uint8Array {
  return encodeValue([commandTag, session, sequence, firstUnanswered, operation]);
}

/** Opens a session; its id is the index of the entry that did. `nonce` tells the openings of one client apart. */
export function encodeOpenSession(nonce: string): Uint8Array {
  return encodeValue([openTag, nonce]);
}

/** Reads an entry's command; null when it is none. */
export function decodeLogCommand(bytes: Uint8Array): LogCommand | null {
  const fields = decodeValue(bytes);
  if (!Array.isArray(fields)) return null;
  const [tag, first, sequence, firstUnanswered, operation] = fields as readonly unknown[];
  if (tag === openTag && typeof first === 'string') return { kind: 'openSession', nonce: first };
  const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 1;
  if (tag !== commandTag || !isWhole(first) || !isWhole(sequence) || !isWhole(firstUnanswered)) return null;
  if (!(operation instanceof Uint8Array)) return null;
  return { kind: 'command', session: first, sequence, firstUnanswered, operation };
}

export function encodeAnswer(answer: Answer): Uint8Array {
  switch (answer.kind) {
    case 'opened':
      return encodeValue([0, answer.session]);
    case 'result':
      return encodeValue([1, answer.result]);
    case 'session-expired':
      return encodeValue([2]);
    case 'bad-command':
      return encodeValue([3, answer.why]);
  }
}

/** Reads an answer. Throws `WireError` or `TypeError` when the bytes are none. */
export function decodeAnswer(bytes: Uint8Array): Answer {
  const fields = decodeValue(bytes);
  if (!Array.isArray(fields)) throw new TypeError('an answer of the store is a list');
  const [tag, field] = fields as readonly unknown[];
  const kind = answerKinds[Number(tag)];
  if (kind === 'opened' && typeof field === 'number') return { kind, session: field };
  if (kind === 'result' && field instanceof Uint8Array) return { kind, result: field };
  if (kind === 'session-expired') return { kind };
  if (kind === 'bad-command' && typeof field === 'string') return { kind, why: field };
  throw new TypeError('an answer of the store is one of its four kinds');
}
