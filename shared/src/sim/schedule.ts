import {
  type ClockBound,
  type NodeId,
  nextChance,
  nextInt,
  pick,
  type RandomState,
  seedRandom,
} from '../core/index.js';
import type { FaultAction, FaultDeed } from './actions.js';
import type { FaultBudget } from './budget.js';
import { drawRate } from './clocks.js';
import { acrossMagnitudes, around, between, drawHarshness } from './draw.js';
import { type ActionKind, actionKinds, type FaultKind } from './fault-kinds.js';
import { drawPartition, partitionShapes } from './partitions.js';

/** Faults end after this much virtual time even when steps are left. */
export const faultyMsMax = 60_000;
/** When those who go for good go, on average: early enough that most runs see what comes of it. */
const goneAfterMs = 4_000;
/** Unsynced writes that may have reached the platter when a machine dies, though nobody was told. */
const survivingWritesMax = 4;

/** How often a kind of fault is part of a run, its mean interval then, and how one action of it is drawn. */
type Habit = {
  readonly chance: number;
  readonly everyMs: readonly [min: number, max: number];
  readonly draw: (random: RandomState, nodes: readonly NodeId[], swarm: Swarm) => FaultDeed;
};
/** What actions of one run have in common. */
type Swarm = {
  readonly tornChance: number;
  readonly oneWayChance: number;
  readonly downMs: number;
  /** What clocks keep to; null where they may do anything. */
  readonly clockBound: ClockBound | null;
};

const habits: { readonly [kind in ActionKind]: Habit } = {
  partitions: {
    chance: 0.6,
    everyMs: [700, 8_000],
    draw: (random, nodes, { oneWayChance }) => {
      const shape = pick(random, partitionShapes);
      const isOneWay = nextChance(random, oneWayChance);
      const forMs = acrossMagnitudes(random, 100, 6_000);
      return { type: 'cut', shape, links: drawPartition(random, nodes, shape, isOneWay), forMs };
    },
  },
  'leader-cuts': {
    chance: 0.6,
    everyMs: [1_500, 8_000],
    draw: drawLeaderCut,
  },
  clogging: {
    chance: 0.4,
    everyMs: [300, 4_000],
    draw: (random, nodes) => {
      const from = pick(random, nodes);
      const others = nodes.filter((node) => node !== from);
      const to = others.length === 0 ? from : pick(random, others);
      return { type: 'clog', from, to, forMs: acrossMagnitudes(random, 20, 5_000) };
    },
  },
  crashes: {
    chance: 0.6,
    everyMs: [300, 6_000],
    draw: (random, nodes, swarm) => ({
      type: 'crash',
      node: pick(random, nodes),
      survivingWrites: drawSurviving(random, swarm),
      downMs: around(random, swarm.downMs),
    }),
  },
  'failed-writes': {
    chance: 0.3,
    everyMs: [500, 8_000],
    draw: (random, nodes, swarm) => ({
      type: 'fail-write',
      node: pick(random, nodes),
      survivingWrites: drawSurviving(random, swarm),
      downMs: around(random, swarm.downMs),
    }),
  },
  'disk-stalls': {
    chance: 0.3,
    everyMs: [500, 5_000],
    draw: (random, nodes) => ({
      type: 'stall-disk',
      node: pick(random, nodes),
      forMs: acrossMagnitudes(random, 20, 3_000),
    }),
  },
  'clock-drift': {
    chance: 0.35,
    everyMs: [500, 5_000],
    draw: (random, nodes, { clockBound }) => ({
      type: 'drift-clock',
      node: pick(random, nodes),
      rate: drawRate(random, clockBound),
      offsetMs: acrossMagnitudes(random, 1, 100_000),
      forMs: acrossMagnitudes(random, 500, 30_000),
    }),
  },
  'clock-jumps': {
    chance: 0.3,
    everyMs: [500, 8_000],
    draw: (random, nodes) => ({
      type: 'jump-clock',
      node: pick(random, nodes),
      byMs: acrossMagnitudes(random, 5, 60_000),
    }),
  },
  pauses: {
    chance: 0.3,
    everyMs: [500, 8_000],
    draw: (random, nodes) => ({
      type: 'pause',
      node: pick(random, nodes),
      forMs: acrossMagnitudes(random, 20, 6_000),
    }),
  },
  throttling: {
    chance: 0.3,
    everyMs: [500, 8_000],
    draw: (random, nodes) => ({
      type: 'throttle',
      node: pick(random, nodes),
      everyMs: acrossMagnitudes(random, 10, 2_000),
      forMs: acrossMagnitudes(random, 200, 8_000),
    }),
  },
  freezing: {
    chance: 0.35,
    everyMs: [500, 8_000],
    draw: (random, nodes) => ({
      type: 'freeze',
      node: pick(random, nodes),
      forMs: acrossMagnitudes(random, 20, 10_000),
    }),
  },
};

/**
 * All that the nemesis does in a run of a seed, in the order of time. Each kind is drawn from a generator of its own, so
 * an action keeps its name and its moment when other kinds are not allowed.
 */
export function drawSchedule(
  seed: number,
  nodes: readonly NodeId[],
  budget: FaultBudget,
  allowed: ReadonlySet<FaultKind>,
): FaultAction[] {
  const clockBound = budget.keepsClocks ? budget.clockBound : null;
  const swarm = { ...drawSwarm(seed, allowed), clockBound };
  const jumps = clockBound === null || clockBound.jumps;
  const actions = actionKinds
    .filter((kind) => allowed.has(kind) && (jumps || kind !== 'clock-jumps'))
    .flatMap((kind) => drawActions(seed, kind, nodes, swarm));
  return [...actions, ...drawLosses(seed, budget, allowed)].sort((a, b) => a.atMs - b.atMs);
}

function drawSwarm(seed: number, allowed: ReadonlySet<FaultKind>): Omit<Swarm, 'clockBound'> {
  const random = seedRandom(seed, 'nemesis');
  const tornChance = nextChance(random, 0.5) ? between(random, 0, 1) : 0;
  const oneWayChance = nextChance(random, 0.5) ? between(random, 0, 1) : 0;
  const downMs = acrossMagnitudes(random, 50, 3_000);
  return { tornChance: allowed.has('torn') ? tornChance : 0, oneWayChance, downMs };
}

function drawActions(seed: number, kind: ActionKind, nodes: readonly NodeId[], swarm: Swarm): FaultAction[] {
  const { chance, everyMs, draw } = habits[kind];
  const random = seedRandom(seed, kind);
  // Leaders are cut off in calm seeds as often: without a change of leader there is little to see.
  const harshness = kind === 'leader-cuts' ? 1 : drawHarshness(seed);
  if (!nextChance(random, chance * harshness)) return [];
  const meanMs = acrossMagnitudes(random, ...everyMs);
  const actions: FaultAction[] = [];
  for (let atMs = around(random, meanMs); atMs < faultyMsMax; atMs += around(random, meanMs)) {
    actions.push({ id: `${kind}-${actions.length + 1}`, atMs, deed: draw(random, nodes, swarm) });
  }
  return actions;
}

/** Of two sorts: leases and votes show what they are worth when leadership goes over and the old leader hears nothing of it. */
function drawLeaderCut(random: RandomState, nodes: readonly NodeId[]): FaultDeed {
  const forMs = acrossMagnitudes(random, 100, 4_000);
  const to = pick(random, nodes);
  return nextChance(random, 0.5) ? { type: 'hand-over', to, forMs } : { type: 'cut-leader', forMs };
}

/** Of the writes that a crash cuts off. Drawn in any case, so that runs without torn writes differ in nothing else. */
function drawSurviving(random: RandomState, { tornChance }: Swarm): number {
  const count = nextInt(random, 1, survivingWritesMax);
  return nextChance(random, tornChance) ? count : 0;
}

function drawLosses(seed: number, { gone }: FaultBudget, allowed: ReadonlySet<FaultKind>): FaultAction[] {
  const random = seedRandom(seed, 'losses');
  return gone
    .map(({ node, how }, i): FaultAction & { readonly how: FaultKind } => ({
      id: `${how}-${i + 1}`,
      atMs: around(random, goneAfterMs),
      deed: { type: how === 'lost-disks' ? 'lose-disk' : 'leave-down', node },
      how,
    }))
    .filter(({ how }) => allowed.has(how))
    .map(({ how: _, ...action }) => action);
}
