/** What a sample of durations comes to; all in the sample's own unit. */
export type Summary = {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly min: number;
  readonly max: number;
};

/**
 * The value below which a `fraction` (0 to 1) of the samples lies, interpolated between the two nearest. Throws
 * `RangeError` for no samples and for a fraction outside.
 */
export function quantile(samples: readonly number[], fraction: number): number {
  if (samples.length === 0) throw new RangeError('no samples: measure at least one');
  if (!(fraction >= 0 && fraction <= 1)) throw new RangeError(`fraction ${fraction}: give one from 0 to 1`);
  const sorted = samples.toSorted((a, b) => a - b);
  const at = fraction * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? 0;
  const above = sorted[Math.ceil(at)] ?? 0;
  return below + (above - below) * (at - Math.floor(at));
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/** Throws `RangeError` for no samples. */
export function summarise(samples: readonly number[]): Summary {
  return {
    count: samples.length,
    p50: quantile(samples, 0.5),
    p95: quantile(samples, 0.95),
    p99: quantile(samples, 0.99),
    min: quantile(samples, 0),
    max: quantile(samples, 1),
  };
}

/** The end of the longest time without an event; the first begins at `from`. Null where there are no events after it. */
export function endOfLongestGap(from: number, times: readonly number[]): number | null {
  let before = from;
  let longest = Number.NEGATIVE_INFINITY;
  let end: number | null = null;
  for (const time of times.toSorted((a, b) => a - b)) {
    if (time <= from) continue;
    if (time - before > longest) {
      longest = time - before;
      end = time;
    }
    before = time;
  }
  return end;
}
