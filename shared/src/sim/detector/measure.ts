import {
  type AnyProtocol,
  type Effect,
  type InvariantChecker,
  type NodeId,
  type Process,
  type Suspicion,
  seedRandom,
} from '../../core/index.js';
import { between } from '../draw.js';
import { perfectNetwork } from '../network.js';
import type { VirtualNode } from '../node.js';
import { nodeIds, World } from '../world.js';
import { detectorAlone } from './alone.js';

/** A detector that is measured, with its options. */
export type Contender = { readonly process: Process<unknown, unknown, unknown>; readonly options: unknown };

/** What the world is like meanwhile. */
export type Condition = {
  readonly nodes: number;
  /** Of all links in the mean: one link may lose from nothing to twice as much. */
  readonly lossChance: number;
  /** So many nodes' timers fire only once a second: a hidden page that no worker saves. */
  readonly hidden: number;
  /** So many nodes get one turn a second, in which everything happens that has come up. */
  readonly throttled: number;
};

/** What happens to a tab: `closed` says goodbye, `killed` does not and never comes back, `frozen` thaws. */
export type Ending = 'closed' | 'killed' | 'frozen';

export type Noticed = {
  /** Of each other node, from the ending until it suspected the victim; ms. Longer than it was watched: infinite. */
  readonly suspectedMs: readonly number[];
  /** Of each other node, from the thaw until it trusted it again; empty unless it was frozen. */
  readonly trustedMs: readonly number[];
  /** Suspicions of others by the victim after its thaw. */
  readonly accusations: number;
};

type Indicated = {
  readonly atMs: number;
  readonly by: NodeId;
  readonly type: Suspicion['type'];
  readonly of: NodeId;
};

const warmUpMs = 20_000;
const watchedMs = 20_000;
const frozenMs = 20_000;
const onceASecondMs = 1_000;
const forEverMs = 1e12;
const hourMs = 3_600_000;
/** A network in a building. */
const delayMaxMs = 20;

/** Ends the last node of a world, and tells when the others noticed. */
export function measureEnding(
  contender: Contender,
  condition: Condition,
  ending: Ending,
  seed: number,
): Noticed {
  const { world, indicated } = open(contender, condition, seed);
  // At any moment of a heartbeat.
  pass(world, warmUpMs + between(seedRandom(seed, 'ending'), 0, onceASecondMs));
  const victim = lastOf(world);
  const endedMs = world.scheduler.nowMs;
  if (ending === 'closed') world.crash(victim, 0);
  else victim.machine.freeze(ending === 'killed' ? forEverMs : endedMs + frozenMs);
  const others = world.nodes.filter((node) => node !== victim).map(({ id }) => id);
  const thawedMs = endedMs + frozenMs;
  pass(world, ending === 'frozen' ? frozenMs + watchedMs : watchedMs);
  const firstAfter = (by: NodeId, type: Suspicion['type'], fromMs: number): number => {
    const isIt = (one: Indicated): boolean =>
      one.by === by && one.of === victim.id && one.type === type && one.atMs >= fromMs;
    return (indicated.find(isIt)?.atMs ?? Number.POSITIVE_INFINITY) - fromMs;
  };
  return {
    suspectedMs: others.map((by) => firstAfter(by, 'suspect', endedMs)),
    trustedMs: ending === 'frozen' ? others.map((by) => firstAfter(by, 'trust', thawedMs)) : [],
    accusations: indicated.filter(
      ({ by, type, atMs }) => by === victim.id && type === 'suspect' && atMs > endedMs,
    ).length,
  };
}

/** How many suspicions there are in a world in which nobody ends; and frames sent by one node in a second. */
export function measureQuiet(
  contender: Contender,
  condition: Condition,
  hours: number,
  seed: number,
): { readonly falseSuspicions: number; readonly framesPerSecond: number } {
  const { world, indicated, sent } = open(contender, condition, seed);
  pass(world, warmUpMs);
  const before = { suspicions: indicated.length, frames: sent() };
  pass(world, hours * hourMs);
  const falseSuspicions = indicated.slice(before.suspicions).filter(({ type }) => type === 'suspect').length;
  const seconds = (hours * hourMs) / 1_000;
  return { falseSuspicions, framesPerSecond: (sent() - before.frames) / seconds / condition.nodes };
}

function open(
  { process, options }: Contender,
  { nodes, lossChance, hidden, throttled }: Condition,
  seed: number,
): { readonly world: World; readonly indicated: Indicated[]; readonly sent: () => number } {
  const indicated: Indicated[] = [];
  let frames = 0;
  const onEffects = (by: NodeId, effects: readonly Effect<unknown>[]): void => {
    for (const effect of effects) {
      if (effect.type === 'send') frames += 1;
      if (effect.type !== 'indicate') continue;
      const { type, node } = effect.output as Suspicion;
      indicated.push({ atMs: world.scheduler.nowMs, by, type, of: node });
    }
  };
  const world = new World({
    protocol: withProcess(process, onEffects),
    nodes: nodeIds(nodes),
    voters: nodeIds(nodes),
    seed,
    network: { ...perfectNetwork, delayMaxMs, lossChance },
    diskLatencyMaxMs: 5,
    protocolOptions: options,
    transcript: null,
  });
  world.nodes.forEach((node, i) => {
    if (i < hidden) node.machine.clampTimers(onceASecondMs);
    else if (i < hidden + throttled) node.machine.throttle(onceASecondMs, forEverMs);
    node.start();
  });
  return { world, indicated, sent: () => frames };
}

function withProcess(
  process: Contender['process'],
  onEffects: (by: NodeId, effects: readonly Effect<unknown>[]) => void,
): AnyProtocol {
  const checker: InvariantChecker<unknown, unknown> = {
    rules: [],
    afterStep: (node, _state, _event, effects) => {
      onEffects(node, effects);
      return null;
    },
    afterCrash: () => undefined,
  };
  const { instances } = detectorAlone;
  return {
    ...detectorAlone,
    instances: { ...instances, server: { ...instances.server, process } },
    createChecker: () => checker,
  };
}

function pass(world: World, forMs: number): void {
  world.run(world.scheduler.nowMs + forMs, Number.POSITIVE_INFINITY);
}

function lastOf({ nodes }: World): VirtualNode {
  const last = nodes.at(-1);
  if (last === undefined) throw new RangeError('a world has a node');
  return last;
}
