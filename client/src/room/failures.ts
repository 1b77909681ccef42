import type { RequestAnswer } from '@quorate/shared/host';

/** What the lab's refusals mean, in sentences. */
export const failureSentences = {
  crashed: 'This node crashed before the answer came.',
  stopped: 'The run was stopped before the answer came.',
  timeout: 'No answer came in time: is there a majority?',
  busy: 'Too many commands are under way: wait for some answers.',
  'session-expired': 'The cluster has forgotten this session.',
  'too-large': 'The command is too large.',
  'bad-command': 'The store refused the command.',
  unsupported: 'This protocol can’t do that.',
  'another-under-way': 'Another change is under way: wait until it has ended.',
  'bad-voters': 'These nodes can’t vote, or the one that was to lead has no vote.',
  'not-caught-up': 'A new voter did not get the log in time: is it there? The voters are as they were.',
  'not-transferred': 'The node that was to lead did not take over in time.',
} as const;

export type Failure = keyof typeof failureSentences;

/** Why the lab refused what it was asked for; null where it did it. */
export function failureOf(answer: RequestAnswer | 'crashed'): Failure | null {
  if (answer === 'crashed') return 'crashed';
  return answer.ok ? null : answer.error;
}
