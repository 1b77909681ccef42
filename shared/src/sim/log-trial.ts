import { checkLinearizability } from '../check/index.js';
import type { RandomState } from '../core/index.js';
import type { FaultAction } from './actions.js';
import { type Expectation, expectationOf, type FaultBudget } from './budget.js';
import { goesBeyond } from './clocks.js';
import { type Outcome, type Trial, violated } from './trial.js';
import { type Load, Workload } from './workload.js';
import type { World } from './world.js';

/** A healed cluster must have answered a write at every node by then: some hundred elections' time. */
const healingMs = 30_000;
/** How long a cluster of too few nodes is watched for an answer that it must not give. */
const watchingMs = 5_000;

/** Clients of the store: a healed cluster answers them, and what they saw is linearizable. */
export class LogTrial implements Trial {
  readonly #world: World;
  readonly #workload: Workload;

  constructor(world: World, load: Load, random: RandomState) {
    this.#world = world;
    this.#workload = new Workload(world, load, random);
  }

  get operations(): number {
    return this.#workload.lines.length;
  }

  get acknowledged(): number {
    return this.#workload.acknowledged;
  }

  stop(): void {
    this.#workload.stop();
  }

  /** A rule that fell before or meanwhile comes first. */
  judge(budget: FaultBudget, done: readonly FaultAction[]): Outcome {
    const world = this.#world;
    const goneCount = world.nodes.length - world.remaining.length;
    const expected = expectationOf(budget, goneCount);
    const { answered, readBack } = this.#heal(expected);
    if (world.fallen !== null) return world.fallen;
    if (expected === 'progress' && !readBack) {
      const who = `${answered} of ${world.remaining.length} nodes`;
      return violated(
        'progress',
        `no progress within ${healingMs} ms after all faults had ended: ${who} answered a write, and not all reads were answered`,
      );
    }
    if (expected === 'too-few-nodes' && answered > 0) {
      return violated(
        'no-quorum',
        `a write was answered with ${goneCount} of ${world.nodes.length} nodes gone`,
      );
    }
    return this.#judgeHistory(expected, budget, done);
  }

  #judgeHistory(expected: Expectation, { clockBound }: FaultBudget, done: readonly FaultAction[]): Outcome {
    const isBeyond = clockBound !== null && done.some(({ deed }) => goesBeyond(deed, clockBound));
    const history = checkLinearizability(this.#workload.lines, { order: 'lines' });
    if (history.verdict === 'linearizable') {
      if (isBeyond) return { verdict: 'beyond-clock-bound', rule: null, why: '' };
      return { verdict: expected === 'progress' ? 'clean' : expected, rule: null, why: '' };
    }
    const why = `history of ${history.key}: ${history.why}`;
    if (history.verdict === 'violated') {
      return isBeyond
        ? { verdict: 'beyond-clock-bound', rule: 'linearizability', why }
        : violated('linearizability', why);
    }
    return { verdict: 'undecided', rule: null, why };
  }

  /**
   * Asks every remaining node for one more write, and, once all have answered, for what was changed last. Tells how many
   * nodes answered the write, and whether all reads were answered.
   */
  #heal(expected: Expectation): { readonly answered: number; readonly readBack: boolean } {
    const world = this.#world;
    const { remaining } = world;
    let answered = 0;
    let readBack = false;
    for (const node of remaining) {
      this.#workload.writeOnce(node, () => {
        answered += 1;
        if (answered < remaining.length) return;
        this.#workload.readBack(remaining, () => {
          readBack = true;
        });
      });
    }
    const forMs = expected === 'progress' ? healingMs : watchingMs;
    world.run(world.scheduler.nowMs + forMs, Number.POSITIVE_INFINITY, () => readBack);
    return { answered, readBack };
  }
}
