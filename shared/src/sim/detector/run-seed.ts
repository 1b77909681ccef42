import { seedRandom } from '../../core/index.js';
import { drawBudget } from '../budget.js';
import { Nemesis } from '../nemesis.js';
import type { SeedOptions, SeedReport } from '../run-seed.js';
import { drawSchedule, faultyMsMax } from '../schedule.js';
import { drawPlan } from '../swarm.js';
import { nodeIds, World } from '../world.js';

/** By then whoever is gone must be suspected and nobody else: a window may be full of long silences. */
const healingMs = 60_000;
/** And so it must stay. */
const stayingMs = 5_000;

type Verdict = Pick<SeedReport, 'verdict' | 'rule' | 'why'>;

/** Runs one seed of the detector alone: faults, then healing, after which it must be complete and accurate. */
export function runDetectorSeed(options: SeedOptions): SeedReport {
  const { protocol, seed, steps, faults } = options;
  const nodes = nodeIds(options.nodes);
  const { network, diskLatencyMaxMs } = drawPlan(seed, faults);
  const drawn = drawSchedule(seed, nodes, drawBudget(seed, nodes), faults);
  const world = new World({
    protocol,
    nodes,
    voters: nodes,
    seed,
    network,
    diskLatencyMaxMs,
    protocolOptions: protocol.drawOptions(seedRandom(seed, 'options')),
    transcript: options.transcript ?? null,
  });
  for (const node of world.nodes) node.start();
  const { actions } = options;
  const nemesis = new Nemesis(
    world,
    actions === undefined ? drawn : drawn.filter(({ id }) => actions.has(id)),
  );
  world.run(Math.min(options.untilMs ?? faultyMsMax, faultyMsMax), steps);
  const faultyMs = world.scheduler.nowMs;
  nemesis.stop();
  const verdict = judge(world);
  return {
    seed,
    ...verdict,
    fall: world.fall,
    steps: world.steps,
    virtualMs: world.scheduler.nowMs,
    faultyMs,
    operations: 0,
    acknowledged: 0,
    schedule: nemesis.done,
    liars: {},
    changes: 0,
    hash: world.hash.digest(),
  };
}

function judge(world: World): Verdict {
  const { scheduler } = world;
  const isQuiet = (): boolean => world.atQuiescence() === null;
  const untilMs = scheduler.nowMs + healingMs;
  // What is still under way when the faults end may end a first quiet.
  while (world.run(untilMs, Number.POSITIVE_INFINITY, isQuiet)) {
    const isDisturbed = world.run(scheduler.nowMs + stayingMs, Number.POSITIVE_INFINITY, () => !isQuiet());
    if (!isDisturbed) break;
  }
  const { fall } = world;
  if (fall !== null) {
    const where = `${fall.rule} at ${fall.node}, ${fall.atMs.toFixed(1)} ms, step ${fall.step}`;
    return { verdict: 'violated', rule: fall.rule, why: `${where}: ${fall.why}` };
  }
  const missed = world.atQuiescence();
  if (missed === null) return { verdict: 'clean', rule: null, why: '' };
  const why = `${missed.rule} at ${missed.node}, after all faults had ended: ${missed.why}`;
  return { verdict: 'violated', rule: missed.rule, why };
}
