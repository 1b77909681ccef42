import * as v from 'valibot';
import type { MessageInfo } from '../../core/index.js';
import { messageParser, payload, positive } from '../common/schemas.js';

/** Who sends it is its origin: the host has authenticated it. */
export type Broadcast = {
  readonly type: 'broadcast';
  readonly incarnation: number;
  readonly sequence: number;
  /** The lowest number that its receiver may still be sent: below, all is acknowledged, given up, or from before they met. */
  readonly base: number;
  readonly payload: Uint8Array;
};
/** Its sender need not send this one again. */
export type Acknowledge = {
  readonly type: 'acknowledge';
  readonly incarnation: number;
  readonly sequence: number;
};
export type BestEffortMessage = Broadcast | Acknowledge;

export const parseMessage = messageParser<BestEffortMessage>('best-effort broadcast', {
  broadcast: v.strictObject({
    type: v.literal('broadcast'),
    incarnation: positive,
    sequence: positive,
    base: positive,
    payload,
  }),
  acknowledge: v.strictObject({
    type: v.literal('acknowledge'),
    incarnation: positive,
    sequence: positive,
  }),
});

/** What the screen shows of a message. */
export function describe(message: BestEffortMessage): MessageInfo {
  const { incarnation, sequence } = message;
  if (message.type === 'acknowledge') {
    return { kind: 'Acknowledge', reign: 0, entries: 0, answer: 'yes', summary: { incarnation, sequence } };
  }
  const summary = { incarnation, sequence, bytes: message.payload.length };
  return { kind: 'Broadcast', reign: 0, entries: 1, summary };
}
