import { checkLinearizability } from '../check/index.js';
import { type AnyProtocol, seedRandom } from '../core/index.js';
import { Nemesis } from './nemesis.js';
import { drawPlan, type FaultKind } from './swarm.js';
import { Workload } from './workload.js';
import { type Fall, World } from './world.js';

export type SeedOptions = {
  readonly protocol: AnyProtocol;
  readonly nodes: number;
  readonly seed: number;
  /** Steps of Processes with faults on; the healing phase comes on top. */
  readonly steps: number;
  readonly faults: ReadonlySet<FaultKind>;
};

export type SeedReport = {
  readonly seed: number;
  readonly verdict: 'clean' | 'violated' | 'undecided';
  readonly fall: Fall | null;
  readonly why: string;
  readonly steps: number;
  readonly virtualMs: number;
  readonly operations: number;
  readonly acknowledged: number;
  readonly hash: string;
};

/** Faults end after this much virtual time even when steps are left. */
const faultyMsMax = 60_000;
/** A healed cluster must have answered a write at every node by then: some hundred elections' time. */
const healingMs = 30_000;

/** Runs one seed: faults and load, then healing, which must make progress, then the check of what clients saw. */
export function runSeed({ protocol, nodes, seed, steps, faults }: SeedOptions): SeedReport {
  const plan = drawPlan(seed, faults);
  const protocolOptions = protocol.drawOptions(seedRandom(seed, 'options'));
  const world = new World({ protocol, nodes, seed, plan, protocolOptions });
  world.network.conditions = plan.network;
  for (const node of world.nodes) node.start();
  const workload = new Workload(world, plan, seedRandom(seed, 'workload'));
  const nemesis = new Nemesis(world, plan, seedRandom(seed, 'nemesis'));
  world.run(faultyMsMax, steps);
  nemesis.stop();
  workload.stop();
  const healed = world.fall === null && heals(world, workload);
  const report = (verdict: SeedReport['verdict'], why: string): SeedReport => ({
    seed,
    verdict,
    fall: world.fall,
    why,
    steps: world.steps,
    virtualMs: world.scheduler.nowMs,
    operations: workload.lines.length,
    acknowledged: workload.acknowledged,
    hash: world.hash.digest(),
  });
  const { fall } = world;
  if (fall !== null) {
    return report(
      'violated',
      `${fall.rule} at ${fall.node}, ${fall.atMs.toFixed(1)} ms, step ${fall.step}: ${fall.why}`,
    );
  }
  if (!healed) return report('violated', `no progress within ${healingMs} ms after all faults had ended`);
  const history = checkLinearizability(workload.lines, { order: 'lines' });
  if (history.verdict === 'linearizable') return report('clean', '');
  return report(history.verdict, `history of ${history.key}: ${history.why}`);
}

function heals(world: World, workload: Workload): boolean {
  let waiting = world.nodes.length;
  for (const node of world.nodes) {
    workload.writeOnce(node, () => {
      waiting -= 1;
    });
  }
  return world.run(world.scheduler.nowMs + healingMs, Number.POSITIVE_INFINITY, () => waiting === 0);
}
