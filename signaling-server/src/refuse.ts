import { describeIssues, type RefusalCode, type Refused } from '@quorate/shared/wire';
import type { BaseIssue } from 'valibot';

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

/** What is wrong with a message that its schema did not pass. */
export function refuseMalformed(event: string, issues: readonly BaseIssue<unknown>[]): Refused {
  const issue = issues[0];
  const field = issue?.path?.[0]?.key;
  if (field === 'name' && issue) return refuse('bad-name', `The name ${issue.message}.`);
  if (field === 'code' && issue) return refuse('bad-code', `A room code ${issue.message}.`);
  return refuse(
    'bad-message',
    `The message "${event}" can't be read: ${describeIssues(issues)}. Reload the page, it may be out of date.`,
  );
}
