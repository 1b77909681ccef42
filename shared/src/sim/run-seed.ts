import { checkLinearizability } from '../check/index.js';
import { type AnyProtocol, seedRandom } from '../core/index.js';
import type { FaultAction } from './actions.js';
import { drawBudget, type Expectation, expectationOf, type FaultBudget } from './budget.js';
import { goesBeyond } from './clocks.js';
import type { FaultKind } from './fault-kinds.js';
import { drawMembership, MembershipChanges } from './membership.js';
import { Nemesis } from './nemesis.js';
import { drawSchedule, faultyMsMax } from './schedule.js';
import { drawPlan } from './swarm.js';
import type { TranscriptLog } from './transcript-log.js';
import { Workload } from './workload.js';
import { type Fall, nodeIds, World } from './world.js';

export type SeedOptions = {
  readonly protocol: AnyProtocol;
  readonly nodes: number;
  readonly seed: number;
  /** Steps of Processes with faults on; the healing phase comes on top. */
  readonly steps: number;
  /** The faults end at this virtual time even when steps are left; after a minute without it, and at the latest. */
  readonly untilMs?: number | undefined;
  readonly faults: ReadonlySet<FaultKind>;
  /** Of the actions that the seed draws, do only these, by their ids; all without it. */
  readonly actions?: ReadonlySet<string> | undefined;
  readonly transcript?: TranscriptLog | undefined;
};

/**
 * `too-few-nodes`: more nodes were gone for good than the protocol can do without; safety held, and progress was neither
 * expected nor seen. `beyond-clock-bound`: clocks went further wrong than the protocol allows for; all other rules held,
 * and a history that is not linearizable, which `rule` names then, was to be expected. `undecided`: the check of a client's
 * history ran out of its budget.
 */
export type SeedVerdict = 'clean' | 'too-few-nodes' | 'beyond-clock-bound' | 'violated' | 'undecided';

export type SeedReport = {
  readonly seed: number;
  readonly verdict: SeedVerdict;
  /** The rule that fell: of the protocol, or `own-code`, `equal-stores`, `progress`, `no-quorum`, `linearizability`. */
  readonly rule: string | null;
  readonly fall: Fall | null;
  readonly why: string;
  readonly steps: number;
  readonly virtualMs: number;
  /** When the faults ended. */
  readonly faultyMs: number;
  readonly operations: number;
  readonly acknowledged: number;
  /** What the nemesis did, in order. */
  readonly schedule: readonly FaultAction[];
  /** Changes of voters and of the leader that were asked for and done. */
  readonly changes: number;
  readonly hash: string;
};

/** A healed cluster must have answered a write at every node by then: some hundred elections' time. */
const healingMs = 30_000;
/** How long a cluster of too few nodes is watched for an answer that it must not give. */
const watchingMs = 5_000;

type Outcome = Pick<SeedReport, 'verdict' | 'rule' | 'why'>;

/**
 * Runs one seed: faults and load, then healing, which must make progress, then the check of what clients saw. Throws
 * `RangeError` when it is told to do an action that the seed does not draw.
 */
export function runSeed(options: SeedOptions): SeedReport {
  const { protocol, seed, steps, faults } = options;
  const nodes = nodeIds(options.nodes);
  const { network, diskLatencyMaxMs, ...load } = drawPlan(seed, faults);
  const protocolOptions = protocol.drawOptions(seedRandom(seed, 'options'));
  const budget = drawBudget(seed, nodes, protocol.clockBound?.(protocolOptions) ?? null);
  const drawn = drawSchedule(seed, nodes, budget, faults);
  const transcript = options.transcript ?? null;
  const membership = drawMembership(protocol, nodes, seed, budget);
  const { voters } = membership;
  const world = new World({
    protocol,
    nodes,
    voters,
    seed,
    network,
    diskLatencyMaxMs,
    protocolOptions,
    transcript,
  });
  for (const node of world.nodes) node.start();
  const workload = new Workload(world, load, seedRandom(seed, 'workload'));
  const nemesis = new Nemesis(world, chosen(drawn, options.actions));
  const changes = new MembershipChanges(world, membership, seedRandom(seed, 'changes'));
  world.run(Math.min(options.untilMs ?? faultyMsMax, faultyMsMax), steps);
  const faultyMs = world.scheduler.nowMs;
  nemesis.stop();
  workload.stop();
  changes.stop();
  const outcome = outcomeOf(world, workload, budget, nemesis.done);
  return {
    seed,
    ...outcome,
    fall: world.fall,
    steps: world.steps,
    virtualMs: world.scheduler.nowMs,
    faultyMs,
    operations: workload.lines.length,
    acknowledged: workload.acknowledged,
    schedule: nemesis.done,
    changes: changes.done,
    hash: world.hash.digest(),
  };
}

function chosen(drawn: readonly FaultAction[], ids: ReadonlySet<string> | undefined): readonly FaultAction[] {
  if (ids === undefined) return drawn;
  const known = new Set(drawn.map(({ id }) => id));
  for (const id of ids) {
    if (!known.has(id)) throw new RangeError(`with these faults the seed draws no action ${id}`);
  }
  return drawn.filter(({ id }) => ids.has(id));
}

/** Lets the world heal, and judges the run; a rule that fell before or meanwhile comes first. */
function outcomeOf(
  world: World,
  workload: Workload,
  budget: FaultBudget,
  done: readonly FaultAction[],
): Outcome {
  const goneCount = world.nodes.length - world.remaining.length;
  const expected = expectationOf(budget, goneCount);
  const { answered, readBack } = heal(world, workload, expected);
  const { fall } = world;
  if (fall !== null) {
    const where = `${fall.rule} at ${fall.node}, ${fall.atMs.toFixed(1)} ms, step ${fall.step}`;
    return violated(fall.rule, `${where}: ${fall.why}`);
  }
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
  const { clockBound } = budget;
  const isBeyond = clockBound !== null && done.some(({ deed }) => goesBeyond(deed, clockBound));
  const history = checkLinearizability(workload.lines, { order: 'lines' });
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

function violated(rule: string, why: string): Outcome {
  return { verdict: 'violated', rule, why };
}

/**
 * Asks every remaining node for one more write, and, once all have answered, for what was changed last. Tells how many
 * nodes answered the write, and whether all reads were answered.
 */
function heal(
  world: World,
  workload: Workload,
  expected: Expectation,
): { readonly answered: number; readonly readBack: boolean } {
  const { remaining } = world;
  let answered = 0;
  let readBack = false;
  for (const node of remaining) {
    workload.writeOnce(node, () => {
      answered += 1;
      if (answered < remaining.length) return;
      workload.readBack(remaining, () => {
        readBack = true;
      });
    });
  }
  const forMs = expected === 'progress' ? healingMs : watchingMs;
  world.run(world.scheduler.nowMs + forMs, Number.POSITIVE_INFINITY, () => readBack);
  return { answered, readBack };
}
