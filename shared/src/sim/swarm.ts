import { nextChance, nextFloat, nextInt, type RandomState, seedRandom } from '../core/index.js';
import { between, drawHarshness } from './draw.js';
import type { BackgroundKind, FaultKind } from './fault-kinds.js';
import { type NetworkConditions, perfectNetwork } from './network.js';

/**
 * What goes on in one seed's world besides the nemesis' actions. Each kind of fault is on or off, and as strong as drawn,
 * so that a thousand seeds differ more than a thousand runs of one mixture would.
 */
export type SwarmPlan = {
  readonly network: NetworkConditions;
  readonly diskLatencyMaxMs: number;
  readonly clients: number;
  readonly keys: number;
  readonly thinkMs: number;
  readonly readChance: number;
  /** Each client asks at a node of its own, as people do at their tabs: some go on wherever a partition runs. */
  readonly staysAtHome: boolean;
  /**
   * Clients that only read, at whoever believes that it leads, the one who has believed it longest first: what a leader
   * answers that is none any more would else hardly ever be seen. The others write elsewhere then.
   */
  readonly readers: number;
  readonly readerThinkMs: number;
};

/** Draws the plan of a seed, among the kinds of fault that are allowed. VOPR's ranges where it has them. */
export function drawPlan(seed: number, allowed: ReadonlySet<FaultKind>): SwarmPlan {
  const harshness = drawHarshness(seed);
  // A generator for each kind: what is drawn for one does not change when another is not allowed.
  const strength = (
    kind: BackgroundKind,
    chance: number,
    draw: (random: RandomState) => number,
    none: number,
  ): number => {
    const random = seedRandom(seed, `swarm ${kind}`);
    return nextChance(random, chance * harshness) && allowed.has(kind) ? draw(random) : none;
  };
  const random = seedRandom(seed, 'swarm workload');
  return {
    network: {
      lossChance: strength('loss', 0.6, (of) => between(of, 0, 0.3), 0),
      duplicateChance: strength('duplication', 0.6, (of) => between(of, 0, 0.5), 0),
      delayMinMs: perfectNetwork.delayMinMs,
      delayMaxMs: strength('delay', 0.6, (of) => between(of, 2, 60), perfectNetwork.delayMaxMs),
      straggleChance: strength('reordering', 0.6, (of) => between(of, 0, 0.1), 0),
    },
    diskLatencyMaxMs: strength('slow-disk', 0.5, (of) => between(of, 1, 50), 1),
    ...drawLoad(random),
  };
}

/** Half of the loads watch: some clients only read, and the others hardly do, all of them few keys. */
function drawLoad(random: RandomState): Omit<SwarmPlan, 'network' | 'diskLatencyMaxMs'> {
  const watches = nextChance(random, 0.5);
  return {
    clients: nextInt(random, 1, 4),
    keys: nextInt(random, 1, watches ? 2 : 5),
    thinkMs: nextFloat(random) * (watches ? 40 : 100),
    readChance: watches ? 0.1 : between(random, 0.1, 0.7),
    staysAtHome: nextChance(random, 0.5),
    readers: watches ? nextInt(random, 1, 3) : 0,
    readerThinkMs: between(random, 5, 80),
  };
}
