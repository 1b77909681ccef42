/** The smallest number of `n` nodes of which any two groups share one: floor(n/2) + 1. */
export function majority(n: number): number {
  return Math.floor(n / 2) + 1;
}

/** How many crashes `n` voters survive: n - majority(n). */
export function crashesTolerated(n: number): number {
  return n - majority(n);
}

/** The largest value that at least `count` of `values` reach (the count-th largest); 0 when there are fewer. */
export function reachedBy(values: readonly number[], count: number): number {
  if (count < 1 || count > values.length) return 0;
  const sorted = [...values].sort((x, y) => y - x);
  return sorted[count - 1] ?? 0;
}

/** How many of `n` nodes may lie while the others stay right: floor((n - 1) / 3). */
export function liarsTolerated(n: number): number {
  return Math.floor((n - 1) / 3);
}

/**
 * How many of `n` nodes make a quorum where `liarsTolerated(n)` of them may lie: ceil((n + f + 1) / 2), which is 2f + 1 of
 * 3f + 1. Any two share more than f nodes, so an honest one; and those that do not lie are enough for one.
 */
export function byzantineQuorum(n: number): number {
  return Math.ceil((n + liarsTolerated(n) + 1) / 2);
}
