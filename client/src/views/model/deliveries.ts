import { broadcastName, type NodeId } from '@quorate/shared/core';
import type { TraceEvent } from '@quorate/shared/trace';

/** One broadcast as one node delivered it. */
export type Delivered = {
  readonly id: string;
  readonly origin: NodeId;
  readonly preview: string;
  /** Of the node that delivered it. */
  readonly life: number;
};

/** What each node has delivered, in its order; the newest ones, and how many there were before. */
export type Deliveries = ReadonlyMap<
  NodeId,
  { readonly before: number; readonly shown: readonly Delivered[] }
>;

/** Deliveries that are kept of each node. */
export const deliveriesMax = 200;

/**
 * With one more; a node that has come back tells once more what it had delivered, which is no second delivery. What it had
 * delivered in an earlier life may come late, and stood before.
 */
export function withDelivery(all: Deliveries, event: TraceEvent & { readonly type: 'delivery' }): Deliveries {
  const { node, origin, preview, life } = event;
  const known = all.get(node) ?? { before: 0, shown: [] };
  const id = broadcastName(event);
  if (event.isRecovered && known.shown.some((each) => each.id === id && each.life <= life)) return all;
  const shown = known.shown.filter((each) => each.id !== id || each.life <= life);
  const later = shown.findIndex((each) => each.life > life);
  shown.splice(later < 0 ? shown.length : later, 0, { id, origin, preview, life });
  const tooMany = Math.max(0, shown.length - deliveriesMax);
  const next = { before: known.before + tooMany, shown: shown.slice(tooMany) };
  return new Map(all).set(node, next);
}

/** How one node's order compares with another's. */
export type Compared = {
  /** Delivered in another order than there: the fewest that would have to move. */
  readonly moved: ReadonlySet<string>;
  /** Delivered there, and here not, in the order of there. */
  readonly missing: readonly Delivered[];
};

/** Compares a node's deliveries with those of `reference`. What only this node has is neither moved nor missing. */
export function compareOrders(own: readonly Delivered[], reference: readonly Delivered[]): Compared {
  const placeThere = new Map(reference.map(({ id }, place) => [id, place]));
  const common = own.flatMap(({ id }) => {
    const place = placeThere.get(id);
    return place === undefined ? [] : [{ id, place }];
  });
  const kept = longestRising(common.map(({ place }) => place));
  const moved = new Set(common.filter((_, i) => !kept.has(i)).map(({ id }) => id));
  const here = new Set(own.map(({ id }) => id));
  return { moved, missing: reference.filter(({ id }) => !here.has(id)) };
}

/** The positions of a longest rising subsequence, the first such where there are several. */
function longestRising(numbers: readonly number[]): ReadonlySet<number> {
  /** At each length, where the subsequence of that length with the lowest end ends. */
  const ends: number[] = [];
  const before: (number | undefined)[] = [];
  numbers.forEach((number, i) => {
    const found = ends.findIndex((end) => (numbers[end] ?? 0) >= number);
    const length = found < 0 ? ends.length : found;
    before[i] = ends[length - 1];
    ends[length] = i;
  });
  const kept = new Set<number>();
  for (let at = ends.at(-1); at !== undefined; at = before[at]) kept.add(at);
  return kept;
}

/** Of these columns the one to compare the others with: who has delivered most, the first of several. */
export function referenceOf(columns: readonly (readonly Delivered[])[]): readonly Delivered[] {
  return columns.reduce((most, column) => (column.length > most.length ? column : most), []);
}
