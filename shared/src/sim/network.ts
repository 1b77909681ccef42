import { type NodeId, nextChance, nextFloat, type RandomState } from '../core/index.js';
import type { Scheduler } from './scheduler.js';

/** How the virtual network treats each frame. Chances from 0 to 1, times in ms. */
export type NetworkConditions = {
  readonly lossChance: number;
  readonly duplicateChance: number;
  readonly delayMinMs: number;
  readonly delayMaxMs: number;
  /** Chance that a frame takes ten times as long, so that later ones overtake it. */
  readonly straggleChance: number;
};

export const perfectNetwork: NetworkConditions = {
  lossChance: 0,
  duplicateChance: 0,
  delayMinMs: 0.5,
  delayMaxMs: 1.5,
  straggleChance: 0,
};

export type NetworkCounts = { sent: number; lost: number; cut: number; duplicated: number };

/** Links between the nodes of one world. Frames may be lost, doubled, delayed and overtaken; a cut goes one way. */
export class VirtualNetwork {
  readonly counts: NetworkCounts = { sent: 0, lost: 0, cut: 0, duplicated: 0 };
  conditions: NetworkConditions = perfectNetwork;
  onCutsChange: () => void = () => undefined;
  readonly #scheduler: Scheduler;
  readonly #random: RandomState;
  readonly #deliver: (from: NodeId, to: NodeId, frame: Uint8Array) => void;
  readonly #cuts = new Set<string>();

  constructor(
    scheduler: Scheduler,
    random: RandomState,
    deliver: (from: NodeId, to: NodeId, frame: Uint8Array) => void,
  ) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#deliver = deliver;
  }

  send(from: NodeId, to: NodeId, frame: Uint8Array): void {
    this.counts.sent += 1;
    const { lossChance, duplicateChance } = this.conditions;
    if (nextChance(this.#random, lossChance)) {
      this.counts.lost += 1;
      return;
    }
    this.#carry(from, to, frame);
    if (nextChance(this.#random, duplicateChance)) {
      this.counts.duplicated += 1;
      this.#carry(from, to, frame);
    }
  }

  cut(from: NodeId, to: NodeId): void {
    this.#cuts.add(`${from}>${to}`);
    this.onCutsChange();
  }

  isCut(from: NodeId, to: NodeId): boolean {
    return this.#cuts.has(`${from}>${to}`);
  }

  heal(): void {
    this.healCuts();
    this.conditions = perfectNetwork;
  }

  healCuts(): void {
    this.#cuts.clear();
    this.onCutsChange();
  }

  #carry(from: NodeId, to: NodeId, frame: Uint8Array): void {
    const { delayMinMs, delayMaxMs, straggleChance } = this.conditions;
    const delayMs = delayMinMs + nextFloat(this.#random) * (delayMaxMs - delayMinMs);
    const straggles = nextChance(this.#random, straggleChance);
    this.#scheduler.schedule(straggles ? delayMs * 10 : delayMs, () => {
      // A cut takes what is under way, too.
      if (this.isCut(from, to)) this.counts.cut += 1;
      else this.#deliver(from, to, frame);
    });
  }
}
