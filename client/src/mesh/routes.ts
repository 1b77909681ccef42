/** Peers to which a way is known. */
const TARGETS_MAX = 256;
/** Ways to one peer, by different neighbours. */
const WAYS_MAX = 4;
/** A way by which nothing has gone or come for so long is not trusted any more. */
const FRESH_MS = 30_000;

type Ways = { neighbours: string[]; usedAtMs: number };

/** By which neighbours a peer without a link can be reached, best first, as far as this tab has heard. Bounded. */
export class Routes {
  readonly #ways = new Map<string, Ways>();

  /** The neighbour to go by, of those that are linked now. */
  next(target: string, nowMs: number, isLinked: (neighbour: string) => boolean): string | null {
    const ways = this.#ways.get(target);
    if (ways === undefined) return null;
    ways.neighbours = ways.neighbours.filter(isLinked);
    const [first] = ways.neighbours;
    if (first !== undefined && nowMs - ways.usedAtMs < FRESH_MS) {
      ways.usedAtMs = nowMs;
      return first;
    }
    this.#ways.delete(target);
    return null;
  }

  /** A way that was heard of: the best if none is known, else another to turn to. */
  add(target: string, neighbour: string, nowMs: number): void {
    const ways = this.#fresh(target, nowMs);
    if (!ways.neighbours.includes(neighbour)) ways.neighbours.push(neighbour);
    if (ways.neighbours.length > WAYS_MAX) ways.neighbours.splice(1, 1);
  }

  /** A way by which the target itself has just been heard: the best there is. */
  prefer(target: string, neighbour: string, nowMs: number): void {
    const ways = this.#fresh(target, nowMs);
    ways.neighbours = [neighbour, ...ways.neighbours.filter((other) => other !== neighbour)].slice(
      0,
      WAYS_MAX,
    );
  }

  /** What went by the first way was not answered: from now on it goes by another, if one is known. */
  turn(target: string): void {
    const [first] = this.#ways.get(target)?.neighbours ?? [];
    if (first !== undefined) this.drop(target, first);
  }

  /** The neighbour says that it knows no way. */
  drop(target: string, neighbour: string): void {
    const ways = this.#ways.get(target);
    if (ways === undefined) return;
    ways.neighbours = ways.neighbours.filter((other) => other !== neighbour);
    if (ways.neighbours.length === 0) this.#ways.delete(target);
  }

  #fresh(target: string, nowMs: number): Ways {
    let ways = this.#ways.get(target);
    if (ways === undefined || nowMs - ways.usedAtMs >= FRESH_MS) {
      const [oldest] = this.#ways.keys();
      if (ways === undefined && this.#ways.size >= TARGETS_MAX && oldest !== undefined)
        this.#ways.delete(oldest);
      ways = { neighbours: [], usedAtMs: nowMs };
    }
    ways.usedAtMs = nowMs;
    this.#ways.delete(target);
    this.#ways.set(target, ways);
    return ways;
  }
}
