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
