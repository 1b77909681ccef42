import type { Model, State, Step } from './model.js';

export type SearchLimits = {
  /** Steps of the search, one for each configuration visited and each operation tried on one. */
  readonly stepsMax: number;
  /** Asked now and then; true gives up. */
  readonly expired: () => boolean;
};

export type Found =
  | { readonly kind: 'order' }
  /** No order explains `stuck`, the first completed operation that none got past; `states` are those it was tried in. */
  | {
      readonly kind: 'none';
      readonly stuck: Step;
      readonly concurrent: readonly Step[];
      readonly states: readonly State[];
    }
  | { readonly kind: 'undecided'; readonly steps: number; readonly expired: boolean };

/**
 * Everything before the completion of the `at`-th completed operation has been put in order, and led to `state`. `done`
 * are operations in order already that complete later, `used` those of unknown outcome that were let take effect.
 */
type Configuration = {
  readonly at: number;
  readonly state: State;
  readonly done: readonly number[];
  readonly used: readonly number[];
};

type Frame = { readonly configuration: Configuration; next: number; candidates: readonly Candidate[] | null };
/** `rank` is the place among the completed, or, for `optional`, among those of unknown outcome. */
type Candidate = { readonly step: Step; readonly rank: number; readonly optional: boolean };
type Pending = {
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  readonly optionals: number;
};

const statesShownMax = 5;
/** How many steps pass between two looks at the clock. */
const expiryInterval = 1_024;

/**
 * Looks for a sequential order that explains a history: just-in-time linearization (Lowe, Testing for linearizability,
 * 2017), which is Wing and Gong's search where an operation is put in order only when a completion needs it, with the
 * configurations seen so far remembered. On top of it:
 * - what only observes takes its place as soon as a state fits: that changes no state, so it can't be too early;
 * - of two configurations that differ in `used` alone, the one that used less can do all that the other can.
 */
export function findOrder(model: Model, limits: SearchLimits): Found {
  return new Search(model, limits).run();
}

class Search {
  readonly #model: Model;
  readonly #limits: SearchLimits;
  /** Completed operations by completion, those of unknown outcome by invocation. */
  readonly #completed: readonly Step[];
  readonly #optional: readonly Step[];
  readonly #pending: readonly Pending[];
  readonly #seen = new Map<string, (readonly number[])[]>();
  #steps = 0;
  #furthest = -1;
  #stuckStates: State[] = [];

  constructor(model: Model, limits: SearchLimits) {
    this.#model = model;
    this.#limits = limits;
    const byPlace = (a: Step, b: Step): number => a.operation.from - b.operation.from;
    this.#completed = model.steps
      .filter(({ optional }) => !optional)
      .sort((a, b) => a.operation.until - b.operation.until || byPlace(a, b));
    this.#optional = model.steps.filter(({ optional }) => optional).sort(byPlace);
    this.#pending = pendingAt(this.#completed, this.#optional);
  }

  run(): Found {
    const stack: Frame[] = [];
    const visit = (configuration: Configuration): boolean => {
      const settled = this.#settle(configuration);
      if (settled.at === this.#completed.length) return true;
      if (!this.#isSeen(settled)) {
        this.#noteStuck(settled);
        stack.push({ configuration: settled, next: 0, candidates: null });
      }
      return false;
    };
    if (visit({ at: 0, state: this.#model.initial, done: [], used: [] })) return { kind: 'order' };
    let lookedAt = 0;
    for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
      if (this.#steps - lookedAt >= expiryInterval) {
        lookedAt = this.#steps;
        if (this.#limits.expired()) return { kind: 'undecided', steps: this.#steps, expired: true };
      }
      if (this.#steps > this.#limits.stepsMax)
        return { kind: 'undecided', steps: this.#steps, expired: false };
      const next = this.#advance(frame);
      if (next === null) stack.pop();
      else if (visit(next)) return { kind: 'order' };
    }
    return this.#nothingFits();
  }

  /** Puts in place whatever only observes and fits, and passes completions that are in order already. */
  #settle({ at: from, state, done: before, used }: Configuration): Configuration {
    let at = from;
    let done = before;
    for (; at < this.#completed.length; at++) {
      this.#steps += 1;
      for (const rank of this.#pending[at]?.reads ?? []) {
        const step = this.#completed[rank];
        if (step !== undefined && !done.includes(rank) && this.#model.holds(step, state))
          done = withNumber(done, rank);
      }
      // `done` is sorted and holds nothing that completed before.
      if (done[0] !== at) break;
      done = done.slice(1);
    }
    return { at, state, done, used };
  }

  /** The next configuration that follows from a frame's, or null when all have been tried. */
  #advance(frame: Frame): Configuration | null {
    const { configuration } = frame;
    const { at, state, done, used } = configuration;
    // Most often the operation that completes next can take effect next: then the others need not be looked at.
    if (frame.next === 0) {
      frame.next = 1;
      const step = this.#completed[at];
      if (step !== undefined && step.effect !== null && this.#try(step, state)) {
        return { at, state: this.#model.after(step, state), done: withNumber(done, at), used };
      }
    }
    frame.candidates ??= this.#candidates(configuration);
    while (frame.next <= frame.candidates.length) {
      const candidate = frame.candidates[frame.next - 1];
      frame.next += 1;
      if (candidate === undefined || !this.#try(candidate.step, state)) continue;
      const after = this.#model.after(candidate.step, state);
      if (!candidate.optional) return { at, state: after, done: withNumber(done, candidate.rank), used };
      if (after !== state) return { at, state: after, done, used: withNumber(used, candidate.rank) };
    }
    return null;
  }

  #try(step: Step, state: State): boolean {
    this.#steps += 1;
    return this.#model.holds(step, state);
  }

  /** Who may take effect before the next completion: first those that make it fit at once, unknown outcomes last. */
  #candidates({ at, state, done, used }: Configuration): Candidate[] {
    const pending = this.#pending[at];
    const next = this.#completed[at];
    if (pending === undefined || next === undefined) return [];
    const candidates: Candidate[] = [];
    for (const rank of pending.writes) {
      const step = this.#completed[rank];
      if (step !== undefined && rank !== at && !done.includes(rank))
        candidates.push({ step, rank, optional: false });
    }
    for (let rank = 0; rank < pending.optionals; rank++) {
      const step = this.#optional[rank];
      if (step !== undefined && !used.includes(rank)) candidates.push({ step, rank, optional: true });
    }
    const fits = ({ step }: Candidate): boolean => this.#model.holds(next, this.#model.after(step, state));
    return [...candidates.filter(fits), ...candidates.filter((candidate) => !fits(candidate))];
  }

  /** Whether a configuration that can do all that this one can was visited; remembers this one if not. */
  #isSeen({ at, state, done, used }: Configuration): boolean {
    const key = `${at} ${state.id} ${done.join()}`;
    const seen = this.#seen.get(key);
    if (seen === undefined) {
      this.#seen.set(key, [used]);
      return false;
    }
    this.#steps += seen.length;
    if (seen.some((other) => isSubset(other, used))) return true;
    seen.push(used);
    return false;
  }

  #noteStuck({ at, state }: Configuration): void {
    if (at < this.#furthest) return;
    if (at > this.#furthest) this.#stuckStates = [];
    this.#furthest = at;
    if (this.#stuckStates.length < statesShownMax && !this.#stuckStates.includes(state))
      this.#stuckStates.push(state);
  }

  #nothingFits(): Found {
    const stuck = this.#completed[this.#furthest];
    if (stuck === undefined) throw new RangeError('a search that found no order was stuck somewhere');
    const { from, until } = stuck.operation;
    const concurrent = this.#model.steps.filter(
      (step) => step !== stuck && step.operation.from < until && step.operation.until > from,
    );
    return { kind: 'none', stuck, concurrent, states: this.#stuckStates };
  }
}

/** For each completion: who has been invoked before it and completes no earlier. */
function pendingAt(completed: readonly Step[], optional: readonly Step[]): Pending[] {
  const byInvocation = completed
    .map((_, rank) => rank)
    .sort((a, b) => placeOf(completed, a) - placeOf(completed, b));
  const open = new Set<number>();
  let invoked = 0;
  let optionals = 0;
  return completed.map(({ operation: { until } }, rank) => {
    for (; invoked < byInvocation.length; invoked++) {
      const next = byInvocation[invoked];
      if (next === undefined || placeOf(completed, next) >= until) break;
      open.add(next);
    }
    while ((optional[optionals]?.operation.from ?? until) < until) optionals += 1;
    const ranks = [...open];
    open.delete(rank);
    const writes = ranks.filter((other) => completed[other]?.effect !== null);
    return { reads: ranks.filter((other) => completed[other]?.effect === null), writes, optionals };
  });
}

function placeOf(steps: readonly Step[], rank: number): number {
  return steps[rank]?.operation.from ?? 0;
}

/** Sorted `numbers` with one more in its place. */
function withNumber(numbers: readonly number[], added: number): readonly number[] {
  const at = numbers.findIndex((number) => number > added);
  return at === -1 ? [...numbers, added] : numbers.toSpliced(at, 0, added);
}

/** Whether all of sorted `some` is in sorted `all`. */
function isSubset(some: readonly number[], all: readonly number[]): boolean {
  if (some.length > all.length) return false;
  let at = 0;
  for (const number of some) {
    while (at < all.length && (all[at] ?? number) < number) at += 1;
    if (all[at] !== number) return false;
    at += 1;
  }
  return true;
}
