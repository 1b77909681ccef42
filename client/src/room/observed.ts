import { type Observation, serverInstance } from '@quorate/shared/core';
import type { TraceEvent } from '@quorate/shared/trace';
import type { Status } from '../api/types.js';

/** What `status()` says of a node, and of a cluster seen from without. */
export type Seen = Pick<
  Status,
  'role' | 'reign' | 'leader' | 'lastIndex' | 'commitIndex' | 'appliedIndex' | 'digest'
>;

export const nothingSeen: Seen = {
  role: null,
  reign: 0,
  leader: null,
  lastIndex: 0,
  commitIndex: 0,
  appliedIndex: 0,
  digest: null,
};

/** Who takes part in the log: `incoming` are the next voters while two sets overlap, `learners` have no vote yet. */
export type Membership = Pick<Status, 'voters' | 'incoming' | 'learners'>;

/** How far a node's log goes, as it last told. */
export type Survivor = { readonly node: string; readonly lastIndex: number; readonly committedIndex: number };

/** The newest that this tab has seen of one run: of its own server, and of whoever leads. */
export class Observed {
  readonly #run: string;
  readonly #self: string;
  #own: Observation | null = null;
  #digest: string | null = null;
  /** The newest of this node's lives; what is told of an earlier one comes late. */
  #life = 0;
  #leader: Observation | null = null;
  readonly #newest = new Map<string, Observation>();

  constructor(run: string, self: string) {
    this.#run = run;
    this.#self = self;
  }

  get run(): string {
    return this.#run;
  }

  /** The node lost its memory: what it was says nothing of the one that takes its place. */
  forgetOwn(): void {
    this.#own = null;
    this.#digest = null;
  }

  take(event: TraceEvent): void {
    if (event.run !== this.#run || event.instance !== serverInstance) return;
    if (event.node === this.#self) this.#takeOwn(event);
    const { observation } = event as { readonly observation?: Observation | null };
    if (observation) this.#newest.set(event.node, observation);
    if (observation?.role !== 'leader' && observation?.leader !== event.node) return;
    if (observation.reign >= (this.#leader?.reign ?? 0)) this.#leader = observation;
  }

  /** This node's own server, as it last told. */
  own(): Seen {
    if (this.#own === null) return nothingSeen;
    const { role, reign, leader, lastIndex, commitIndex, appliedIndex } = this.#own;
    return { role, reign, leader, lastIndex, commitIndex, appliedIndex, digest: this.#digest };
  }

  /** The cluster as its leader last told: for tabs without a vote. */
  fromOutside(role: string | null): Seen {
    if (this.#leader === null) return { ...nothingSeen, role };
    const { reign, leader, lastIndex, commitIndex } = this.#leader;
    return { ...nothingSeen, role, reign, leader, lastIndex, commitIndex };
  }

  /** Who votes, as the newest reign tells; `initial` where the protocol says nothing of it. */
  membership(initial: readonly string[]): Membership {
    const own = this.#own?.voters === undefined ? null : this.#own;
    const isOwnNewer = own !== null && own.reign > (this.#leader?.reign ?? 0);
    const told = isOwnNewer ? own : (this.#leader ?? own);
    return {
      voters: told?.voters ?? initial,
      incoming: told?.incoming ?? [],
      learners: told?.learners ?? [],
    };
  }

  /** Of these nodes the one whose log is the most up to date (section 5.4.1), or null where none has told of its log. */
  mostAdvanced(nodes: readonly string[]): Survivor | null {
    let best: { readonly reign: number; readonly survivor: Survivor } | null = null;
    for (const node of nodes) {
      const told = this.#newest.get(node);
      if (told === undefined) continue;
      const reign = told.logReigns.at(-1)?.[1] ?? 0;
      const { lastIndex } = told;
      const isBetter =
        best === null || reign > best.reign || (reign === best.reign && lastIndex > best.survivor.lastIndex);
      if (isBetter) best = { reign, survivor: { node, lastIndex, committedIndex: told.commitIndex } };
    }
    return best?.survivor ?? null;
  }

  #takeOwn(event: TraceEvent): void {
    if (event.life < this.#life) return;
    this.#life = event.life;
    if (event.type === 'started') this.#digest = null;
    else if (event.type === 'applied') this.#digest = event.digest;
    else if (event.type === 'state') this.#own = event.observation;
    else if (event.type === 'keyframe' && event.observation !== null) {
      this.#own = event.observation;
      this.#digest = event.digest;
    }
  }
}
