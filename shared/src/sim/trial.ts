import type { FaultAction } from './actions.js';
import type { FaultBudget } from './budget.js';

/**
 * `too-few-nodes`: more nodes were gone for good than the protocol can do without; safety held, and progress was neither
 * expected nor seen. `beyond-clock-bound`: clocks went further wrong than the protocol allows for; all other rules held,
 * and a history that is not linearizable, which `rule` names then, was to be expected. `too-many-liars`: more lied than the protocol
 * bears, and `rule` names what fell, if anything did: that was to be expected. `undecided`: the check of a client's
 * history ran out of its budget.
 */
export type SeedVerdict =
  | 'clean'
  | 'too-few-nodes'
  | 'beyond-clock-bound'
  | 'too-many-liars'
  | 'violated'
  | 'undecided';

export type Outcome = { readonly verdict: SeedVerdict; readonly rule: string | null; readonly why: string };

/** What users do to one seed's world, and how it is judged by what they get; one for each kind of protocol. */
export interface Trial {
  /** Requests that were made. */
  readonly operations: number;
  /** Writes that were answered, or broadcasts that were taken on. */
  readonly acknowledged: number;
  /** Users ask for nothing more. */
  stop(): void;
  /** Lets the healed world come to what it must come to, and judges the run. `done` are the faults that it had. */
  judge(budget: FaultBudget, done: readonly FaultAction[]): Outcome;
}

export function violated(rule: string, why: string): Outcome {
  return { verdict: 'violated', rule, why };
}
