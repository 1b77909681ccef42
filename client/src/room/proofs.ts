import type { NodeId, RunId } from '@quorate/shared/core';
import type { TraceEvent } from '@quorate/shared/trace';

/** Kept of one node's run and life, the newest ones: of a class at slow motion all, at full load some ten seconds. */
const heldPerTrackMax = 4_096;
/** Kept altogether, those that wait included: some ten megabytes. Beyond, the longest track gives. */
const heldMax = 32_768;
const tracksMax = 1_024;
/** Lives of one node in one run that others may tell this tab of. */
const livesMax = 8;
/** What may wait for what comes before it. */
const earlyMax = 4_096;
/** What is missing is given up once every neighbour was asked in vain, but not sooner: it may be on its way to one of them. */
const giveUpAfterMs = 10_000;
/** Or once it has been missing for so long. */
const giveUpAtLastMs = 30_000;

/** An event that can prove a broken rule; such events of one run and life of a node are numbered from 1 on. */
export type Proof = TraceEvent & { readonly proof: number };

export function isProof(event: TraceEvent): event is Proof {
  return event.proof !== undefined;
}

/** Somebody has the proofs of a node's life up to, and not including, `next`, and knows that there are those up to `known`. */
export type Have = readonly [node: NodeId, life: number, next: number, known: number];

type Track = {
  readonly run: RunId;
  readonly node: NodeId;
  readonly life: number;
  /** Without a hole; the last has the number before `next`. */
  held: Proof[];
  next: number;
  readonly early: Map<number, Proof>;
  /** The highest number of which this tab has heard. */
  known: number;
  /** What nobody could bring, and nothing waits for: others' word that it exists is not asked after again. */
  givenUp: number;
  /** Since when something is missing; null while nothing is. */
  sinceMs: number | null;
  /** Who had nothing more to give, since `next` last rose. */
  readonly inVain: Set<NodeId>;
};

/**
 * The proofs of all nodes as this tab has them: each track in order and once, whatever way they came. What is missing holds
 * back what comes after it until a neighbour has brought it, or nobody can; then the numbers show that it is lost.
 */
export class Proofs {
  /** The one that was heard of last at the end. */
  readonly #tracks = new Map<string, Track>();
  readonly #nowMs: () => number;
  #count = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Takes one in. Answers with those whose turn it is now, perhaps none. */
  take(event: Proof): readonly Proof[] {
    const track = this.#track(event);
    if (event.proof < track.next || track.early.has(event.proof)) return [];
    track.early.set(event.proof, event);
    track.known = Math.max(track.known, event.proof);
    this.#count += 1;
    const told = this.#drain(track);
    if (track.early.size > earlyMax) told.push(...this.#skip(track));
    this.#shorten();
    return told;
  }

  /** Whether this tab does not have it yet, and can still use it. */
  isNews({ run, node, life, proof }: Proof): boolean {
    const track = this.#tracks.get(keyOf(run, node, life));
    return track === undefined || (proof >= track.next && !track.early.has(proof));
  }

  /** Whether this tab knows of something of this run that it lacks. */
  lacks(run: RunId): boolean {
    for (const track of this.#tracks.values()) if (track.run === run && track.sinceMs !== null) return true;
    return false;
  }

  /** A neighbour tells what there is: what this tab lacks of it, it looks for as well. */
  heardOf(run: RunId, have: readonly Have[]): void {
    for (const [node, life, next, known] of have) {
      const track = this.#tracks.get(keyOf(run, node, life));
      const lives = track === undefined ? this.#of(run).filter((other) => other.node === node).length : 0;
      if (lives >= livesMax) continue;
      const heard = track ?? this.#track({ run, node, life });
      const highest = Math.max(known, next - 1);
      if (highest <= Math.max(heard.known, heard.givenUp)) continue;
      heard.known = highest;
      heard.sinceMs ??= this.#nowMs();
    }
  }

  /** What this tab has of a run. */
  has(run: RunId): Have[] {
    return this.#of(run).map(({ node, life, next, known }) => [node, life, next, known]);
  }

  /** The oldest of what this tab has, and somebody else lacks; `more`: not all of it. */
  beyond(
    run: RunId,
    have: readonly Have[],
    most: number,
  ): { readonly events: Proof[]; readonly more: boolean } {
    const theirs = new Map(have.map(([node, life, next]) => [`${node} ${life}`, next]));
    const events: Proof[] = [];
    for (const { node, life, held, next } of this.#of(run)) {
      const oldest = next - held.length;
      const from = Math.max(oldest, theirs.get(`${node} ${life}`) ?? 1);
      for (const event of held.slice(from - oldest)) {
        if (events.length >= most) return { events, more: true };
        events.push(event);
      }
    }
    return { events, more: false };
  }

  /** A neighbour has given all it has of a run: what is still missing, it can't bring. */
  askedInVain(run: RunId, peer: NodeId): void {
    for (const track of this.#of(run)) if (track.sinceMs !== null) track.inVain.add(peer);
  }

  /** Gives up what none of these neighbours can bring of a run; answers with what had to wait for it. */
  giveUp(run: RunId, peers: ReadonlySet<NodeId>): readonly Proof[] {
    const told: Proof[] = [];
    for (const track of this.#of(run)) {
      if (track.sinceMs === null) continue;
      const waitedMs = this.#nowMs() - track.sinceMs;
      const isVain = waitedMs >= giveUpAfterMs && [...peers].every((peer) => track.inVain.has(peer));
      if (isVain || waitedMs >= giveUpAtLastMs) told.push(...this.#skip(track));
    }
    this.#shorten();
    return told;
  }

  /** A tab that the room remembers no more. */
  forget(node: NodeId): void {
    for (const [key, track] of this.#tracks) if (track.node === node) this.#drop(key, track);
  }

  #of(run: RunId): Track[] {
    return [...this.#tracks.values()].filter((track) => track.run === run);
  }

  #track({ run, node, life }: Pick<Proof, 'run' | 'node' | 'life'>): Track {
    const key = keyOf(run, node, life);
    const track = this.#tracks.get(key) ?? {
      run,
      node,
      life,
      held: [],
      next: 1,
      early: new Map(),
      known: 0,
      givenUp: 0,
      sinceMs: null,
      inVain: new Set(),
    };
    this.#tracks.delete(key);
    this.#tracks.set(key, track);
    const [oldest] = this.#tracks;
    if (this.#tracks.size > tracksMax && oldest !== undefined) this.#drop(...oldest);
    return track;
  }

  #drop(key: string, track: Track): void {
    this.#count -= track.held.length + track.early.size;
    this.#tracks.delete(key);
  }

  #drain(track: Track): Proof[] {
    const told: Proof[] = [];
    for (let next = track.early.get(track.next); next !== undefined; next = track.early.get(track.next)) {
      track.early.delete(track.next);
      track.next += 1;
      told.push(next);
    }
    track.held.push(...told);
    if (told.length > 0) track.inVain.clear();
    if (track.known < track.next) track.sinceMs = null;
    // What has come meanwhile is another hole now, and waits anew.
    else if (track.sinceMs === null || told.length > 0) track.sinceMs = this.#nowMs();
    // Cut in large pieces: a shift for each would cost the square.
    if (track.held.length > heldPerTrackMax * 1.25) this.#cut(track, heldPerTrackMax);
    return told;
  }

  /** Goes on after what is missing. What lies before the hole can't be told without one any more. */
  #skip(track: Track): Proof[] {
    if (track.early.size === 0) {
      track.givenUp = track.known;
      track.known = track.next - 1;
      track.sinceMs = null;
      return [];
    }
    this.#cut(track, 0);
    track.next = Math.min(...track.early.keys());
    return this.#drain(track);
  }

  #cut(track: Track, most: number): void {
    const kept = most === 0 ? [] : track.held.slice(-most);
    this.#count -= track.held.length - kept.length;
    track.held = kept;
  }

  #shorten(): void {
    while (this.#count > heldMax) {
      const [first, ...others] = this.#tracks.values();
      if (first === undefined) return;
      const longest = others.reduce((most, track) => (sizeOf(track) > sizeOf(most) ? track : most), first);
      if (longest.early.size <= longest.held.length) {
        this.#cut(longest, Math.floor(longest.held.length * 0.75));
        continue;
      }
      // A neighbour brings it again: it has not been told of.
      this.#count -= longest.early.size;
      longest.early.clear();
    }
  }
}

function keyOf(run: RunId, node: NodeId, life: number): string {
  return `${run} ${node} ${life}`;
}

function sizeOf({ held, early }: Track): number {
  return held.length + early.size;
}
