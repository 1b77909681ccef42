import { type NodeId, nextChance, nextFloat, type RandomState } from '../core/index.js';
import { between } from './draw.js';
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

/** Why a frame was not delivered: by chance, by a cut, because nobody was there, or for want of room. */
export type FrameLoss = 'drop' | 'cut' | 'no-link' | 'overflow';

/** Frames that a clogged link keeps; more are lost, as in a full send buffer. */
const cloggedFramesMax = 10_000;

/** One direction between two nodes. */
type Link = {
  /** Faults of the same link may overlap: how many cuts and clogs it has. */
  cuts: number;
  clogs: number;
  readonly held: Uint8Array[];
  /** How much worse or better than the others it is: what conditions of all links are multiplied with, 0 to 2. */
  readonly quality: number;
};

export type NetworkOptions = {
  readonly scheduler: Scheduler;
  readonly random: RandomState;
  readonly nodes: readonly NodeId[];
  /** Answers false when the frame found nobody, or no room. */
  readonly deliver: (from: NodeId, to: NodeId, frame: Uint8Array) => boolean;
  readonly onCutsChange: () => void;
  readonly onLoss: (from: NodeId, to: NodeId, frame: Uint8Array, why: FrameLoss) => void;
};

/** Links between the nodes of one world. Frames may be lost, doubled, delayed, overtaken, held back; all go one way. */
export class VirtualNetwork {
  conditions: NetworkConditions = perfectNetwork;
  readonly #options: NetworkOptions;
  readonly #links = new Map<NodeId, Map<NodeId, Link>>();

  constructor(options: NetworkOptions) {
    this.#options = options;
    for (const from of options.nodes) {
      const links = new Map<NodeId, Link>();
      for (const to of options.nodes) {
        links.set(to, { cuts: 0, clogs: 0, held: [], quality: between(options.random, 0, 2) });
      }
      this.#links.set(from, links);
    }
  }

  send(from: NodeId, to: NodeId, frame: Uint8Array): void {
    const link = this.#link(from, to);
    const { random, onLoss } = this.#options;
    const { lossChance, duplicateChance } = this.conditions;
    if (nextChance(random, lossChance * link.quality)) return onLoss(from, to, frame, 'drop');
    this.#carry(link, from, to, frame);
    if (nextChance(random, duplicateChance)) this.#carry(link, from, to, frame);
  }

  cut(from: NodeId, to: NodeId): void {
    this.#link(from, to).cuts += 1;
    this.#options.onCutsChange();
  }

  /** Takes one cut back. */
  mend(from: NodeId, to: NodeId): void {
    const link = this.#link(from, to);
    link.cuts = Math.max(0, link.cuts - 1);
    this.#options.onCutsChange();
  }

  isCut(from: NodeId, to: NodeId): boolean {
    return this.#link(from, to).cuts > 0;
  }

  /** The link delivers nothing until it is unclogged, and then everything at once. */
  clog(from: NodeId, to: NodeId): void {
    this.#link(from, to).clogs += 1;
  }

  unclog(from: NodeId, to: NodeId): void {
    const link = this.#link(from, to);
    link.clogs = Math.max(0, link.clogs - 1);
    if (link.clogs > 0) return;
    for (const frame of link.held.splice(0)) this.#arrive(link, from, to, frame);
  }

  /** Mends and unclogs every link, and makes the conditions perfect. */
  heal(): void {
    this.conditions = perfectNetwork;
    for (const [from, links] of this.#links) {
      for (const [to, link] of links) {
        link.cuts = 0;
        link.clogs = 1;
        this.unclog(from, to);
      }
    }
    this.#options.onCutsChange();
  }

  #link(from: NodeId, to: NodeId): Link {
    const link = this.#links.get(from)?.get(to);
    if (link === undefined) throw new RangeError(`there is no link from ${from} to ${to}`);
    return link;
  }

  #carry(link: Link, from: NodeId, to: NodeId, frame: Uint8Array): void {
    const { random, scheduler } = this.#options;
    const { delayMinMs, delayMaxMs, straggleChance } = this.conditions;
    const delayMs = delayMinMs + nextFloat(random) * (delayMaxMs - delayMinMs) * link.quality;
    const straggles = nextChance(random, straggleChance);
    scheduler.schedule(straggles ? delayMs * 10 : delayMs, () => this.#arrive(link, from, to, frame));
  }

  #arrive(link: Link, from: NodeId, to: NodeId, frame: Uint8Array): void {
    const { deliver, onLoss } = this.#options;
    // A cut takes what is under way, too.
    if (link.cuts > 0) onLoss(from, to, frame, 'cut');
    else if (link.clogs === 0) {
      if (!deliver(from, to, frame)) onLoss(from, to, frame, 'no-link');
    } else if (link.held.length < cloggedFramesMax) link.held.push(frame);
    else onLoss(from, to, frame, 'overflow');
  }
}
