import type { RefusalCode, Refused } from '@quorate/shared/wire';

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
