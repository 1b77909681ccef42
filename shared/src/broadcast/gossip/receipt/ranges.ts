/** Whole numbers as disjoint ranges `[first, last]`, rising, with a gap between any two. */
export type Ranges = [number, number][];
export type ReadonlyRanges = readonly (readonly [number, number])[];

export function contains(ranges: ReadonlyRanges, value: number): boolean {
  const range = ranges[positionOf(ranges, value)];
  return range !== undefined && range[0] <= value;
}

/** Adds one number, and joins what it bridges. */
export function add(ranges: Ranges, value: number): void {
  const at = positionOf(ranges, value);
  const above = ranges[at];
  if (above !== undefined && above[0] <= value) return;
  const below = ranges[at - 1];
  const joinsBelow = below !== undefined && below[1] === value - 1;
  const joinsAbove = above !== undefined && above[0] === value + 1;
  if (joinsBelow && joinsAbove) {
    below[1] = above[1];
    ranges.splice(at, 1);
  } else if (joinsBelow) below[1] = value;
  else if (joinsAbove) above[0] = value;
  else ranges.splice(at, 0, [value, value]);
}

/** Adds all from 1 to `last`. */
export function addUpTo(ranges: Ranges, last: number): void {
  if (last < 1) return;
  let end = last;
  let covered = 0;
  for (const [first, rangeEnd] of ranges) {
    if (first > last + 1) break;
    end = Math.max(end, rangeEnd);
    covered += 1;
  }
  ranges.splice(0, covered, [1, end]);
}

/** True when `others` hold a number that `ranges` do not. */
export function lacksAny(ranges: ReadonlyRanges, others: ReadonlyRanges): boolean {
  return others.some(([first, last]) => {
    const holding = ranges[positionOf(ranges, first)];
    return holding === undefined || holding[0] > first || holding[1] < last;
  });
}

/** True for what `add` keeps up: whole numbers from 1, disjoint, rising, with gaps. */
export function areRanges(ranges: ReadonlyRanges): boolean {
  return ranges.every(
    ([first, last], i) => first >= 1 && last >= first && first > (ranges[i - 1]?.[1] ?? -1) + 1,
  );
}

/** The first range that ends at `value` or beyond: by halving. */
function positionOf(ranges: ReadonlyRanges, value: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle]?.[1] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
