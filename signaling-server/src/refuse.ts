import { type RefusalCode, type Refused, signalingLimits } from '@quorate/shared/wire';

/** The one shape of every refusal: a code to switch on, and a message that says what to do. */
export function refuse(code: RefusalCode, message: string, retryAfterMs?: number): Refused {
  return {
    ok: false,
    error: {
      code,
      message,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs: Math.ceil(retryAfterMs) }),
    },
  };
}

export function refuseRate(retryAfterMs: number): Refused {
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  return refuse('rate-limited', `Too much at once. Try again in ${seconds} s.`, retryAfterMs);
}

/** Why a connection was ended that sent a packet above the limit; there is nobody left to answer. */
export const oversized = {
  code: 'oversized',
  message: `A packet above ${signalingLimits.packetBytesMax} bytes ended the connection.`,
} as const;

/** Whether this is why a WebSocket ended. Of ws's error, engine.io hands on the text alone. */
export function isOversize(details: unknown): boolean {
  return details instanceof Error && details.message.includes('Max payload size exceeded');
}
