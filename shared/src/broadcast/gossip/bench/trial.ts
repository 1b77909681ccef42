import { type GossipOptions, parseOptions } from '../options.js';
import { type Counts, Lab, type LabOptions, type Spread } from './lab.js';

/** What some broadcasts came to, means over them. */
export type Figures = {
  readonly broadcasts: number;
  /** The part of the nodes that are up which a broadcast reached, 0 to 1: the mean, and the worst. */
  readonly reliability: number;
  readonly reliabilityMin: number;
  /** Relative message redundancy: payloads for each node that was reached, the sender aside, less one (Plumtree's metric). */
  readonly redundancy: number;
  /** Hops of the last delivery. */
  readonly lastHop: number;
  /** IHAVE, GRAFT and PRUNE messages a broadcast and node. */
  readonly control: number;
};

/** One network of one size, before and after a part of its nodes fails; each figure beside flooding's on the same overlay. */
export type OverlayTrial = {
  readonly stable: Figures;
  readonly stableFlooding: Figures;
  /** Broadcasts within the time that it takes to notice a failure. */
  readonly atOnce: Figures;
  readonly healed: Figures;
  readonly healedFlooding: Figures;
  readonly shape: Shape;
  readonly healedShape: Shape;
};

/** Fan-out gossip with all members known: at first, with failures that nobody knows of, and among those that are left. */
export type FanOutTrial = { readonly stable: Figures; readonly atOnce: Figures; readonly healed: Figures };

/** What the overlay looks like. */
export type Shape = {
  /** Nodes that can be reached from the first over active views, and over eager links, in parts of all. */
  readonly connected: number;
  readonly spanned: number;
  /** Pairs of neighbours of which one does not have the other. */
  readonly asymmetric: number;
  /** Eager links, by nodes less one: 1 for a spanning tree. */
  readonly treeLinks: number;
  readonly neighboursMean: number;
};

export type TrialSize = {
  readonly nodes: number;
  readonly seed: number;
  /** The part that fails, 0 to 1. */
  readonly failing: number;
};

/** How long everything takes, ms of virtual time, and how much of it there is. */
export const plan = {
  settleMs: 20_000,
  everyMs: 1_000,
  /** After the last broadcast, until it is counted. */
  drainMs: 5_000,
  /** Broadcasts that form the tree, and those that are measured. */
  forming: 15,
  measured: 20,
  flooded: 5,
  atOnce: 5,
  atOnceEveryMs: 150,
  healMs: 30_000,
} as const;

export const conditions = { latencyMinMs: 10, latencyMaxMs: 50, detectionMs: 1_000 } as const;

/** Anti-entropy is off: what it repairs would hide what the tree missed. Failures show as links that end, not by keepalives. */
export const benchOptions: GossipOptions = parseOptions({ antiEntropyMs: 0, keepaliveMs: 5_000 });

export function runOverlay({ nodes, seed, failing }: TrialSize): OverlayTrial {
  const lab = new Lab(labOptions(nodes, seed, benchOptions, false));
  lab.runFor(nodes * joinEveryMs(nodes) + plan.settleMs);
  measure(lab, plan.forming);
  const stable = measure(lab, plan.measured);
  const shape = shapeOf(lab);
  const stableFlooding = measureFlooding(lab);
  lab.fail(failing);
  const atOnce = measure(lab, plan.atOnce, plan.atOnceEveryMs);
  lab.runFor(plan.healMs);
  measure(lab, plan.forming);
  const healed = measure(lab, plan.measured);
  const healedShape = shapeOf(lab);
  const healedFlooding = measureFlooding(lab);
  return { stable, stableFlooding, atOnce, healed, healedFlooding, shape, healedShape };
}

export function runFanOut({ nodes, seed, failing }: TrialSize): FanOutTrial {
  const options = parseOptions({ variant: 'fan-out', fanOutAmong: 'voters' });
  const lab = new Lab(labOptions(nodes, seed, options, true));
  lab.runFor(nodes * joinEveryMs(nodes) + plan.settleMs);
  const stable = measure(lab, plan.measured);
  lab.fail(failing);
  const atOnce = measure(lab, plan.atOnce, plan.atOnceEveryMs);
  const left = lab.up.length;
  const later = new Lab(labOptions(left, seed, options, true));
  later.runFor(left * joinEveryMs(left) + plan.settleMs);
  return { stable, atOnce, healed: measure(later, plan.measured) };
}

function labOptions(nodes: number, seed: number, options: GossipOptions, isOpen: boolean): LabOptions {
  return { nodes, seed, options, ...conditions, joinEveryMs: joinEveryMs(nodes), isOpen };
}

/** Small overlays join as people do; of thousands some join at every moment. */
function joinEveryMs(nodes: number): number {
  return nodes > 1_000 ? 5 : 20;
}

function measureFlooding(lab: Lab): Figures {
  lab.setFlooding(true);
  const figures = measure(lab, plan.flooded);
  lab.setFlooding(false);
  return figures;
}

function measure(lab: Lab, broadcasts: number, everyMs: number = plan.everyMs): Figures {
  const before: Counts = { ...lab.counts };
  const spreads: Spread[] = [];
  for (let i = 0; i < broadcasts; i++) {
    spreads.push(lab.broadcast());
    lab.runFor(everyMs);
  }
  lab.runFor(plan.drainMs);
  const { ihave, graft, prune } = lab.counts;
  const control = ihave - before.ihave + graft - before.graft + prune - before.prune;
  const up = lab.up.length;
  const reached = spreads.map(({ delivered }) => delivered / up);
  return {
    broadcasts,
    reliability: mean(reached),
    reliabilityMin: Math.min(...reached),
    redundancy: mean(spreads.map(({ payloads, delivered }) => payloads / Math.max(1, delivered - 1) - 1)),
    lastHop: mean(spreads.map(({ lastHop }) => lastHop)),
    control: control / broadcasts / up,
  };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function shapeOf(lab: Lab): Shape {
  const active = new Map<string, readonly string[]>();
  const eager = new Map<string, readonly string[]>();
  for (const { id, state } of lab.up) {
    if (state.kind !== 'overlay') continue;
    active.set(
      id,
      state.membership.active.map(({ node }) => node),
    );
    eager.set(id, state.tree.eager);
  }
  let asymmetric = 0;
  let neighbours = 0;
  let eagerLinks = 0;
  for (const [id, others] of active) {
    neighbours += others.length;
    asymmetric += others.filter((other) => active.get(other)?.includes(id) !== true).length;
    eagerLinks += eager.get(id)?.length ?? 0;
  }
  return {
    connected: reachedPart(active),
    spanned: reachedPart(eager),
    asymmetric,
    treeLinks: eagerLinks / 2 / (active.size - 1),
    neighboursMean: neighbours / active.size,
  };
}

function reachedPart(links: ReadonlyMap<string, readonly string[]>): number {
  const [first] = links.keys();
  if (first === undefined) return 0;
  const reached = new Set([first]);
  for (const node of reached) for (const other of links.get(node) ?? []) reached.add(other);
  return [...reached].filter((node) => links.has(node)).length / links.size;
}
