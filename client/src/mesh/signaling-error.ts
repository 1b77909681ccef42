import { type Refusal, type RefusalCode, RefusalSchema } from '@quorate/shared/wire';
import * as v from 'valibot';

/** The server's refusals, and what a client can find out by itself. */
export type SignalingErrorCode =
  | RefusalCode
  | 'unreachable'
  | 'replaced'
  | 'bad-answer'
  | 'closed'
  /** A packet was above the server's limit, and it ended the connection. */
  | 'packet-too-large';

export class SignalingError extends Error {
  override readonly name = 'SignalingError';

  constructor(
    readonly code: SignalingErrorCode,
    message: string,
    readonly retryAfterMs = 0,
  ) {
    super(message);
  }
}

/** Refusals that may pass, so that a member keeps asking for its seat. */
const passing: ReadonlySet<SignalingErrorCode> = new Set<SignalingErrorCode>([
  'unreachable',
  'rate-limited',
  'room-full',
  'too-many-rooms',
  'too-many-connections',
  'member-busy',
  'version-mismatch',
  'internal',
  'bad-answer',
]);

/** True when a member keeps asking for its seat after such a refusal, since it may pass. */
export function isPassing(code: SignalingErrorCode): boolean {
  return passing.has(code);
}

/** Refusals of a signal after which it may still reach its peer by way of other tabs. */
const undelivered: ReadonlySet<SignalingErrorCode> = new Set<SignalingErrorCode>([
  'unreachable',
  'closed',
  'not-in-room',
  'unknown-member',
  'member-busy',
  'rate-limited',
]);

/** True when the server could not pass a signal on. */
export function isUndelivered(code: SignalingErrorCode): boolean {
  return undelivered.has(code);
}

export function errorOf({ code, message, retryAfterMs }: Refusal): SignalingError {
  return new SignalingError(code, message, retryAfterMs);
}

export function unreachable(): SignalingError {
  return new SignalingError('unreachable', 'The server does not answer. Check that it runs and try again.');
}

export function alreadyClosed(): SignalingError {
  return new SignalingError('closed', 'This connection has been closed. Make a new one.');
}

export function badAnswer(what: string): SignalingError {
  return new SignalingError('bad-answer', `The server sent a malformed "${what}". Reload the page.`);
}

export function packetTooLarge(): SignalingError {
  return new SignalingError(
    'packet-too-large',
    'This tab sent the server too much at once, and the server ended the connection.',
  );
}

/** Close code of a WebSocket, and status of a request, that say that something was too large. */
const webSocketTooLarge = 1009;
const httpTooLarge = 413;

/** Whether the server ended a connection because of a packet's size, as socket.io tells it. */
export function isOversize(details: unknown): boolean {
  const context: unknown =
    typeof details === 'object' && details !== null && 'context' in details ? details.context : null;
  if (typeof context !== 'object' || context === null) return false;
  return (
    ('code' in context && context.code === webSocketTooLarge) ||
    ('status' in context && context.status === httpTooLarge)
  );
}

/** The refusal that a handshake was answered with, if it was one. */
export function refusalIn(error: Error): SignalingError | undefined {
  const parsed = v.safeParse(RefusalSchema, 'data' in error ? error.data : undefined);
  return parsed.success ? errorOf(parsed.output) : undefined;
}
