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

/** Who must meet one value of one cell, and who writes it, by rank. */
type Need = { readonly readers: number[]; readonly writers: number[]; readonly optionalWriters: number[] };
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
 * - of two configurations that differ in `used` alone, the one that used less can do all that the other can;
 * - a value that some completed operation must still meet is not overwritten while nobody is left to write it again;
 * - an operation of unknown outcome is let take effect only right before something that needs it.
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
  readonly #needs: ReadonlyMap<string, Need>;
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
    this.#needs = needsOf(this.#completed, this.#optional);
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
    // Most often the operation that completes next can take effect next: then the others need not be looked at.
    if (frame.next === 0) {
      frame.next = 1;
      const step = this.#completed[configuration.at];
      if (step !== undefined && step.effect !== null) {
        const next = this.#try(configuration, { step, rank: configuration.at, optional: false });
        if (next !== null) return next;
      }
    }
    frame.candidates ??= this.#candidates(configuration);
    while (frame.next <= frame.candidates.length) {
      const candidate = frame.candidates[frame.next - 1];
      frame.next += 1;
      const next = candidate === undefined ? null : this.#try(configuration, candidate);
      if (next !== null) return next;
    }
    return null;
  }

  /** What comes of letting `candidate` take effect; null where it can't, or where that would lead nowhere. */
  #try(from: Configuration, { step, rank, optional }: Candidate): Configuration | null {
    this.#steps += 1;
    const { at, state } = from;
    if (!this.#model.holds(step, state)) return null;
    const after = this.#model.after(step, state);
    if (optional && after === state) return null;
    const done = optional ? from.done : withNumber(from.done, rank);
    const used = optional ? withNumber(from.used, rank) : from.used;
    const next = { at, state: after, done, used };
    return step.effect !== null && this.#losesValue(state, next, step.effect.cell) ? null : next;
  }

  /** Whether a value was overwritten that a completed operation has yet to meet and nobody is left to write. */
  #losesValue(before: State, { at, state, done, used }: Configuration, cell: number): boolean {
    const value = before.values[cell] ?? 0;
    if (state.values[cell] === value) return false;
    const need = this.#needs.get(`${cell} ${value}`);
    if (need === undefined) return false;
    const isOpen = (rank: number): boolean => rank >= at && !done.includes(rank);
    return (
      need.readers.findLast(isOpen) !== undefined &&
      need.writers.findLast(isOpen) === undefined &&
      need.optionalWriters.every((rank) => used.includes(rank))
    );
  }

  /** Who may take effect before the next completion: first those that make it fit at once, unknown outcomes last. */
  #candidates({ at, state, done, used }: Configuration): Candidate[] {
    const pending = this.#pending[at];
    const next = this.#completed[at];
    if (pending === undefined || next === undefined) return [];
    const open = (rank: number): boolean => !done.includes(rank);
    const writes = pending.writes.filter(open).flatMap((rank) => this.#candidate(rank, false));
    const optionals: Candidate[] = [];
    for (let rank = 0; rank < pending.optionals; rank++) {
      if (!used.includes(rank)) optionals.push(...this.#candidate(rank, true));
    }
    const reads = pending.reads.filter(open).flatMap((rank) => this.#candidate(rank, false));
    const wishes = new Wishes(this.#model, state, [...reads, ...writes, ...optionals]);
    this.#steps += reads.length + writes.length + optionals.length;
    const candidates = [
      ...writes.filter(({ rank }) => rank !== at),
      ...optionals.filter(({ step }) => wishes.areServedBy(step)),
    ];
    const fits = ({ step }: Candidate): boolean => this.#model.holds(next, this.#model.after(step, state));
    return [...candidates.filter(fits), ...candidates.filter((candidate) => !fits(candidate))];
  }

  #candidate(rank: number, optional: boolean): Candidate[] {
    const step = optional ? this.#optional[rank] : this.#completed[rank];
    return step === undefined ? [] : [{ step, rank, optional }];
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

function needsOf(completed: readonly Step[], optional: readonly Step[]): ReadonlyMap<string, Need> {
  const needs = new Map<string, Need>();
  const needOf = (cell: number, value: number): Need => {
    const key = `${cell} ${value}`;
    const need = needs.get(key) ?? { readers: [], writers: [], optionalWriters: [] };
    needs.set(key, need);
    return need;
  };
  completed.forEach(({ condition, effect }, rank) => {
    if (condition.kind === 'value' && condition.equal)
      needOf(condition.cell, condition.wanted).readers.push(rank);
    if (effect !== null) needOf(effect.cell, effect.value).writers.push(rank);
  });
  optional.forEach(({ effect }, rank) => {
    if (effect !== null) needOf(effect.cell, effect.value).optionalWriters.push(rank);
  });
  return needs;
}

/** The conditions of those that might take effect next and can't yet. */
class Wishes {
  readonly #model: Model;
  readonly #state: State;
  readonly #values = new Set<string>();
  readonly #others: Step[] = [];

  constructor(model: Model, state: State, candidates: readonly Candidate[]) {
    this.#model = model;
    this.#state = state;
    for (const { step } of candidates) {
      const { condition } = step;
      if (condition.kind === 'none' || condition.kind === 'never' || model.holds(step, state)) continue;
      if (condition.kind === 'value' && condition.equal)
        this.#values.add(`${condition.cell} ${condition.wanted}`);
      else this.#others.push(step);
    }
  }

  /**
   * Whether `step`, if it took effect now, would let another one do so. If not, then whatever comes next could have come
   * without it, except that a version that it raised stays raised.
   */
  areServedBy(step: Step): boolean {
    const { effect } = step;
    if (effect === null || !this.#model.holds(step, this.#state)) return false;
    const after = this.#model.after(step, this.#state);
    if (after.versions[effect.cell] !== this.#state.versions[effect.cell]) return true;
    if (this.#values.has(`${effect.cell} ${effect.value}`)) return true;
    return this.#others.some((other) => this.#model.holds(other, after));
  }
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
