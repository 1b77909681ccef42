import { type AnyProtocol, crashesTolerated, type NodeId, seedRandom } from '../core/index.js';
import type { Strategy } from '../faults/index.js';
import type { FaultAction } from './actions.js';
import { BroadcastTrial } from './broadcast-trial.js';
import { drawBudget } from './budget.js';
import { detectorAlone } from './detector/alone.js';
import { runDetectorSeed } from './detector/run-seed.js';
import type { FaultKind } from './fault-kinds.js';
import { drawLiars, isBeyondLiars, type Liars, nobodyLies } from './liars.js';
import { LogTrial } from './log-trial.js';
import { drawMembership, drawVoters, MembershipChanges } from './membership.js';
import { Nemesis } from './nemesis.js';
import { drawSchedule, faultyMsMax } from './schedule.js';
import { drawPlan } from './swarm.js';
import type { TranscriptLog } from './transcript-log.js';
import type { Outcome, SeedVerdict } from './trial.js';
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
  /** Who lies, in the place of those that the seed draws. */
  readonly liars?: Liars | undefined;
};

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
  /** Writes that were answered; of a broadcast protocol, broadcasts that were taken on. */
  readonly acknowledged: number;
  /** What the nemesis did, in order. */
  readonly schedule: readonly FaultAction[];
  /** Who lied, and how. */
  readonly liars: { readonly [node: NodeId]: Strategy };
  /** Changes of voters and of the leader that were asked for and done. */
  readonly changes: number;
  readonly hash: string;
};

/**
 * Runs one seed: faults and load, then healing, after which what the protocol promises must come about, and the check of
 * what users saw. Throws `RangeError` when it is told to do an action that the seed does not draw.
 */
export function runSeed(options: SeedOptions): SeedReport {
  if (options.protocol === detectorAlone) return runDetectorSeed(options);
  const { protocol, seed, steps, faults } = options;
  const nodes = nodeIds(options.nodes);
  const { network, diskLatencyMaxMs, ...load } = drawPlan(seed, faults);
  const protocolOptions = protocol.drawOptions(seedRandom(seed, 'options'));
  const begun = drawVoters(protocol, nodes, seed);
  const tolerated =
    protocol.crashesTolerated?.(begun.length, protocolOptions) ?? crashesTolerated(begun.length);
  const budget = drawBudget(seed, nodes, protocol.clockBound?.(protocolOptions) ?? null, tolerated);
  const drawn = drawSchedule(seed, nodes, budget, faults);
  const drawnLiars = faults.has('liars')
    ? drawLiars(seed, protocol, protocolOptions, begun, budget)
    : nobodyLies;
  const liars = options.liars ?? drawnLiars;
  const transcript = options.transcript ?? null;
  const membership = drawMembership(protocol, begun, seed, budget);
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
    liars,
  });
  for (const node of world.nodes) node.start();
  const UsersTrial = protocol.kind === 'log' ? LogTrial : BroadcastTrial;
  const trial = new UsersTrial(world, load, seedRandom(seed, 'workload'));
  const nemesis = new Nemesis(world, chosen(drawn, options.actions));
  const changes = new MembershipChanges(world, membership, seedRandom(seed, 'changes'));
  world.run(Math.min(options.untilMs ?? faultyMsMax, faultyMsMax), steps);
  const faultyMs = world.scheduler.nowMs;
  nemesis.stop();
  trial.stop();
  changes.stop();
  const goneCount = world.nodes.length - world.remaining.length;
  const judged = trial.judge(budget, nemesis.done);
  const isBeyond = isBeyondLiars(protocol, protocolOptions, begun, liars, goneCount);
  const outcome: Outcome = isBeyond ? { ...judged, verdict: 'too-many-liars' } : judged;
  return {
    seed,
    ...outcome,
    fall: world.fall,
    steps: world.steps,
    virtualMs: world.scheduler.nowMs,
    faultyMs,
    operations: trial.operations,
    acknowledged: trial.acknowledged,
    schedule: nemesis.done,
    liars: Object.fromEntries([...liars].map(([node, { strategy }]) => [node, strategy])),
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
