import type { FaultAction } from './actions.js';
import { type BackgroundKind, backgroundKinds, type FaultKind } from './fault-kinds.js';
import { minimise } from './minimise.js';
import { runSeed, type SeedOptions, type SeedReport } from './run-seed.js';

/** What is left of a violated seed's faults when all that the violation does not need is taken away. */
export type Shrunk = {
  readonly faults: ReadonlySet<FaultKind>;
  readonly actions: readonly FaultAction[];
  /** The bounds of the faults' time, as `SeedOptions` has them. */
  readonly steps: number;
  readonly untilMs: number | undefined;
  /** The run with these faults alone: it breaks the same rule. */
  readonly report: SeedReport;
  /** How many runs it took to find out. */
  readonly runs: number;
};

/** Some seconds' work with runs of the usual length. */
const runsMaxDefault = 300;
/** More than a run takes in the time that it has. */
const stepsUnbounded = 10_000_000;

/**
 * Looks for the smallest part of a violated seed's faults that breaks the same rule: first whole kinds of fault, then
 * single actions. Runs the seed at most `runsMax` times; what it has come to by then is as good as it gets.
 */
export function shrink(options: SeedOptions, report: SeedReport, runsMax = runsMaxDefault): Shrunk {
  const shrinker = new Shrinker({ ...options, transcript: undefined }, report, runsMax);
  shrinker.boundByTime();
  shrinker.withoutKinds();
  shrinker.withoutActions();
  shrinker.withoutBackground();
  return shrinker.shrunk();
}

class Shrinker {
  #options: SeedOptions;
  readonly #runsMax: number;
  #report: SeedReport;
  #background: ReadonlySet<BackgroundKind>;
  #actions: readonly FaultAction[];
  #runs = 0;

  constructor(options: SeedOptions, report: SeedReport, runsMax: number) {
    this.#options = options;
    this.#report = report;
    this.#runsMax = runsMax;
    this.#background = new Set(backgroundKinds.filter((kind) => options.faults.has(kind)));
    this.#actions = report.schedule;
  }

  /**
   * Ends the faults by time instead of by steps, right after the fall where there was one: nodes that are not kept still
   * take more steps, and would come to the end before what breaks the rule.
   */
  boundByTime(): void {
    const { fall, faultyMs } = this.#report;
    const { steps, untilMs } = this.#options;
    const endMs = Math.ceil(fall === null ? faultyMs : fall.atMs + 1);
    this.#options = { ...this.#options, steps: stepsUnbounded, untilMs: endMs };
    if (!this.#fails(this.#background, this.#actions)) this.#options = { ...this.#options, steps, untilMs };
  }

  withoutKinds(): void {
    for (const kind of new Set(this.#actions.map(kindOf))) {
      const rest = this.#actions.filter((action) => kindOf(action) !== kind);
      if (this.#fails(this.#background, rest)) this.#actions = rest;
    }
    this.withoutBackground();
  }

  withoutBackground(): void {
    for (const kind of this.#background) {
      const rest = new Set([...this.#background].filter((other) => other !== kind));
      if (this.#fails(rest, this.#actions)) this.#background = rest;
    }
  }

  withoutActions(): void {
    this.#actions = minimise(this.#actions, (actions) => this.#fails(this.#background, actions));
  }

  shrunk(): Shrunk {
    const faults = this.#faults(this.#background, this.#actions);
    const { steps, untilMs } = this.#options;
    return { faults, actions: this.#actions, steps, untilMs, report: this.#report, runs: this.#runs };
  }

  #faults(background: ReadonlySet<BackgroundKind>, actions: readonly FaultAction[]): ReadonlySet<FaultKind> {
    const kinds = new Set<string>([...background, ...actions.map(kindOf)]);
    return new Set([...this.#options.faults].filter((kind) => kinds.has(kind)));
  }

  /** Whether the same rule falls with these faults alone; remembers the run if so. */
  #fails(background: ReadonlySet<BackgroundKind>, actions: readonly FaultAction[]): boolean {
    if (this.#runs >= this.#runsMax) return false;
    this.#runs += 1;
    const report = runSeed({
      ...this.#options,
      faults: this.#faults(background, actions),
      actions: new Set(actions.map(({ id }) => id)),
    });
    const isSame = report.verdict === 'violated' && report.rule === this.#report.rule;
    if (isSame) this.#report = report;
    return isSame;
  }
}

/** The kind of fault that an action's id begins with. */
function kindOf({ id }: FaultAction): string {
  return id.slice(0, id.lastIndexOf('-'));
}
