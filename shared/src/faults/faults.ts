import * as v from 'valibot';
import type { NodeId } from '../core/index.js';

/** Every node. */
export const anyNode = '*';

const node = v.pipe(v.string(), v.minLength(1), v.maxLength(64));
const rate = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
/** A minute of lab time: more would look like a cut. */
const delayMsMax = 60_000;

/**
 * A fault of the lab on messages from one node to another, either of them `'*'`. Rates are chances from 0 to 1, 1 when
 * not given; `ms` is in lab time, 100 when not given.
 */
export const faultSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('cut'), from: node, to: node }),
  v.strictObject({ kind: v.literal('drop'), from: node, to: node, rate: v.optional(rate, 1) }),
  v.strictObject({ kind: v.literal('duplicate'), from: node, to: node, rate: v.optional(rate, 1) }),
  v.strictObject({
    kind: v.literal('delay'),
    from: node,
    to: node,
    ms: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(delayMsMax)), 100),
    rate: v.optional(rate, 1),
  }),
]);

export type Fault = v.InferOutput<typeof faultSchema>;
export type FaultInput = v.InferInput<typeof faultSchema>;
/** A fault with the id it is removed by. */
export type FaultEntry = { readonly id: string; readonly fault: Fault };

/** A fault that can't be set; the message says which field is wrong and what to give. */
export class FaultError extends Error {
  override readonly name = 'FaultError';
}

/** Checks one fault and fills in what was left out. Throws `FaultError`. */
export function parseFault(given: unknown): Fault {
  const result = v.safeParse(faultSchema, given);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const path = v.getDotPath(issue) ?? 'fault';
  throw new FaultError(
    `${path}: ${issue.message}. Give {kind: 'cut'|'drop'|'delay'|'duplicate', from, to, rate?: 0..1, ms?: 0..${delayMsMax}}.`,
  );
}

/** True when the fault is about messages from `from` to `to`. */
export function concerns(fault: Fault, from: NodeId, to: NodeId): boolean {
  return (fault.from === anyNode || fault.from === from) && (fault.to === anyNode || fault.to === to);
}
