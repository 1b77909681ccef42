import type { NodeId } from '../../../core/index.js';
import { graftWindowMs } from '../limits.js';
import type { OverlayStep } from '../step.js';

/** Counts what a neighbour is answered: a small question must not bring about large answers without bound. */
export function mayAnswer(
  { state, now }: OverlayStep,
  node: NodeId,
  kind: 'grafts' | 'digests',
  perWindowMax: number,
): boolean {
  const { answers } = state.tree;
  let counted = Object.hasOwn(answers, node) ? answers[node] : undefined;
  if (counted === undefined || now - counted.since >= graftWindowMs) {
    counted = { since: now, grafts: 0, digests: 0 };
    answers[node] = counted;
  }
  if (counted[kind] >= perWindowMax) return false;
  counted[kind] += 1;
  return true;
}
