import { CounterSchema } from '@quorate/shared/core';
import * as v from 'valibot';
import { MeshViolation } from './types.js';

/*
 * What two tabs say to each other by way of the SignalPort. `session` names the page that speaks: it is drawn
 * anew whenever a page loads, so a tab that comes back under its node id is known at once. A connection is
 * named by its initiator's session and the generation that stands on the signal.
 */
const SESSION_LENGTH_MAX = 64;
const SDP_LENGTH_MAX = 32 * 1024;
const CANDIDATE_LENGTH_MAX = 1_024;

const session = v.pipe(v.string(), v.minLength(1), v.maxLength(SESSION_LENGTH_MAX));
const sdp = v.pipe(v.string(), v.maxLength(SDP_LENGTH_MAX));
const candidate = v.object({
  candidate: v.pipe(v.string(), v.maxLength(CANDIDATE_LENGTH_MAX)),
  sdpMLineIndex: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255)), null),
  sdpMid: v.nullish(v.pipe(v.string(), v.maxLength(SESSION_LENGTH_MAX)), null),
});

const schema = v.variant('kind', [
  /** From the initiator: a new connection. */
  v.object({ kind: v.literal('offer'), session, sdp }),
  /** From the other side, to the page `initiatorSession`. */
  v.object({ kind: v.literal('answer'), session, initiatorSession: session, sdp }),
  /** From either side. */
  v.object({ kind: v.literal('candidate'), session, initiatorSession: session, candidate }),
  /**
   * From the side that is not the initiator: make an offer. The generation is that of the last offer it has
   * seen, of the page `initiatorSession`; none: zero and null.
   */
  v.object({ kind: v.literal('please'), session, initiatorSession: v.nullable(session) }),
  /** From the initiator, whose last attempt failed: say please when you are there. Spares a connection in vain. */
  v.object({ kind: v.literal('knock'), session }),
]);

/**
 * In the place of a signal: what the receiver last sent was refused. Not part of the union above, since tabs of every
 * version must take it for what it is, and answer it with nothing.
 */
export const signalRefusal = { kind: 'refused', code: 'bad-signal' } as const;

/** Whether it is a refusal, whatever else it says: it must not be refused in turn. */
export function isSignalRefusal(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'kind' in data && data.kind === signalRefusal.kind;
}

export type MeshSignal = v.InferOutput<typeof schema>;

/** The part of a signal that simple-peer makes and takes. */
export type ConnectionSignal =
  | { readonly type: 'offer' | 'answer'; readonly sdp: string }
  | { readonly type: 'candidate'; readonly candidate: v.InferOutput<typeof candidate> };

/** Checks what came by way of the SignalPort. */
export function parseSignal(generation: unknown, data: unknown): MeshSignal | MeshViolation {
  if (!v.is(CounterSchema, generation)) {
    return new MeshViolation('bad-signal', 'the generation of a signal is a whole number from 0 on');
  }
  const result = v.safeParse(schema, data, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  return new MeshViolation(
    'bad-signal',
    `a signal that is no mesh signal: ${v.getDotPath(issue) ?? ''} ${issue.message}`,
  );
}

/** Checks what simple-peer wants to have signaled; it also asks for renegotiation, which a link never needs. */
export function parseConnectionSignal(data: unknown): ConnectionSignal | null {
  const description = v.safeParse(v.object({ type: v.picklist(['offer', 'answer']), sdp }), data);
  if (description.success) return description.output;
  const trickled = v.safeParse(v.object({ type: v.literal('candidate'), candidate }), data);
  return trickled.success ? trickled.output : null;
}
