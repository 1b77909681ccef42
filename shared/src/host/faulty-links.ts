import { type NodeId, nextChance, type RandomState } from '../core/index.js';
import { type Fault, type FaultEntry, FaultTable } from '../faults/index.js';
import type { TouchedBy } from '../trace/index.js';

/** What the lab's faults do to one message as it leaves: how many copies go out, and which faults touched it. */
export type Departure = {
  readonly copies: number;
  readonly touched: readonly Touch[];
  readonly lostTo: TouchedBy | null;
};
export type Touch = { readonly by: TouchedBy; readonly fault: string };

/** The lab's faults as one node meets them: losses and copies when a message leaves, delay and cuts when it comes in. */
export class FaultyLinks {
  readonly #self: NodeId;
  readonly #random: RandomState;
  readonly #table = new FaultTable();

  constructor(self: NodeId, random: RandomState) {
    this.#self = self;
    this.#random = random;
  }

  replace(entries: readonly FaultEntry[]): void {
    this.#table.replace(entries);
  }

  counts(): { readonly [fault: string]: number } {
    return this.#table.counts();
  }

  /** Neither direction gets through: to the Process the link is down, as a real loss would have it. */
  separates(peer: NodeId): boolean {
    return this.isCut(this.#self, peer) && this.isCut(peer, this.#self);
  }

  isCut(from: NodeId, to: NodeId): boolean {
    return this.#table.find('cut', from, to) !== undefined;
  }

  depart(to: NodeId): Departure {
    const touched: Touch[] = [];
    let copies = 1;
    for (const entry of this.#table.on(this.#self, to)) {
      const by = this.#strikes(entry);
      if (by === null || by === 'delay') continue;
      this.#table.touch(entry);
      touched.push({ by, fault: entry.id });
      if (by === 'duplicate') copies = 2;
      else return { copies: 0, touched, lostTo: by };
    }
    return { copies, touched, lostTo: null };
  }

  /** How long, in lab ms, delay faults hold back a message that came in from `from`. */
  delay(from: NodeId): { readonly delayMs: number; readonly touched: readonly Touch[] } {
    const touched: Touch[] = [];
    let delayMs = 0;
    for (const entry of this.#table.on(from, this.#self)) {
      if (entry.fault.kind !== 'delay' || this.#strikes(entry) === null) continue;
      this.#table.touch(entry);
      touched.push({ by: 'delay', fault: entry.id });
      delayMs += entry.fault.ms;
    }
    return { delayMs, touched };
  }

  /** The cut that stops a message on its way in, if there is one; it counts as touched. */
  cutOnArrival(from: NodeId): Touch | null {
    const entry = this.#table.find('cut', from, this.#self);
    if (entry === undefined) return null;
    this.#table.touch(entry);
    return { by: 'cut', fault: entry.id };
  }

  #strikes({ fault }: FaultEntry): Fault['kind'] | null {
    if (fault.kind === 'cut') return 'cut';
    if (fault.rate >= 1) return fault.kind;
    return nextChance(this.#random, fault.rate) ? fault.kind : null;
  }
}
