import type { InstanceName, Observation } from '../core/index.js';
import type { MessageId } from '../trace/index.js';

/** One thing that can happen in a lab that is paused: a message that waits here is delivered, or a timer fires. */
export type LabStep =
  | { readonly kind: 'deliver'; readonly message: MessageId }
  | { readonly kind: 'fire'; readonly instance: InstanceName; readonly timer: string };

/**
 * Why a step was not taken: the lab is not paused, no such message or timer waits here, or another message of the same
 * sender comes first.
 */
export type StepError = 'not-paused' | 'nothing-waits' | 'not-first';

export const milestones = ['vote', 'commit'] as const;
/** What a lab can run on to: the next vote that a candidate gets, the next entry that a server knows to be committed. */
export type Milestone = (typeof milestones)[number];

/** Tells when a server has come to a milestone, by what it shows of itself. */
export class MilestoneWatch {
  readonly #milestone: Milestone;
  #commitIndex: number;
  #votes: string;

  constructor(milestone: Milestone, now: Observation) {
    this.#milestone = milestone;
    this.#commitIndex = now.commitIndex;
    this.#votes = votesText(now);
  }

  /** Looks after a step; true once it is there. */
  isReached(now: Observation): boolean {
    if (this.#milestone === 'commit') return now.commitIndex > this.#commitIndex;
    const votes = votesText(now);
    const isNew = votes !== this.#votes && votes !== '';
    this.#votes = votes;
    return isNew;
  }
}

function votesText({ votes, reign }: Observation): string {
  const given = Object.entries(votes ?? {}).map(([node, vote]) => `${node} ${vote}`);
  return given.length === 0 ? '' : `${reign} ${given.sort().join()}`;
}
