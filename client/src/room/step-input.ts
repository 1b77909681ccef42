import { serverInstance } from '@quorate/shared/core';
import { type LabStep, type Milestone, milestones } from '@quorate/shared/host';
import { QuorateError } from '../api/error.js';
import type { StepInput } from '../api/types.js';

/** What `step` was asked for: a thing that is to happen at one node, or something to run on to. */
export type CheckedStep = { readonly node: string; readonly step: LabStep } | { readonly until: Milestone };

/** Checks what a script gave to `step`. Throws `QuorateError` `bad-step`. */
export function checkStep(given: StepInput): CheckedStep {
  // From a script, it may be anything.
  const {
    node,
    deliver,
    fire,
    instance = serverInstance,
    until,
  }: { readonly [key: string]: unknown } = {
    ...given,
  };
  const milestone = milestones.find((each) => each === until);
  if (milestone !== undefined) return { until: milestone };
  if (until === undefined && typeof node === 'string') {
    if (typeof deliver === 'string') return { node, step: { kind: 'deliver', message: deliver } };
    if (typeof fire === 'string' && typeof instance === 'string')
      return { node, step: { kind: 'fire', instance, timer: fire } };
  }
  throw new QuorateError(
    'bad-step',
    `Give {node, deliver: message id}, {node, fire: timer}, or {until: '${milestones.join("' | '")}'}.`,
  );
}
