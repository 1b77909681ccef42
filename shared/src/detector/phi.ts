import type { DetectorOptions } from './options.js';

/** Mean and deviation of a node's heartbeat intervals, ms. */
export type Rhythm = { readonly meanMs: number; readonly deviationMs: number };

/** Terms of the continued fraction, and where it takes over from the series: both are exact to 1e-12 there. */
const fractionTerms = 80;
const seriesUpTo = 2.5;
const seriesTerms = 40;
const phiMax = 300;

/** ln of the chance that a normal variable lies more than `z` deviations above its mean. */
export function logTail(z: number): number {
  if (z < 0) return Math.log1p(-Math.exp(logTail(-z)));
  const logDensity = -(z * z) / 2 - Math.log(2 * Math.PI) / 2;
  if (z >= seriesUpTo) {
    let below = z;
    for (let term = fractionTerms; term >= 1; term--) below = z + term / below;
    return logDensity - Math.log(below);
  }
  let summand = z;
  let sum = z;
  for (let term = 1; term <= seriesTerms; term++) {
    summand *= (z * z) / (2 * term + 1);
    sum += summand;
  }
  return Math.log(0.5 - Math.exp(logDensity) * sum);
}

/**
 * φ (Hayashibara et al., equation 2): minus the logarithm to 10 of the chance that a heartbeat still comes after so long a
 * silence. Grows with the silence; 1 is wrong one time in ten, 2 in a hundred.
 */
export function phi(silenceMs: number, { meanMs, deviationMs }: Rhythm): number {
  return Math.min(phiMax, -logTail((silenceMs - meanMs) / deviationMs) / Math.LN10);
}

/** By how many deviations a silence exceeds the mean when φ reaches this; `phi` turned around, to six digits. */
export function deviationsAt(phiTenths: number): number {
  const wanted = (-phiTenths / 10) * Math.LN10;
  let low = -8;
  let high = 60;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (logTail(middle) > wanted) low = middle;
    else high = middle;
  }
  return Math.round(high * 1e6) / 1e6;
}

/** The window that a new watch begins with: wide, since nothing is known of the node's rhythm yet. */
export function firstIntervals({ heartbeatMs }: DetectorOptions): number[] {
  return [heartbeatMs / 2, (heartbeatMs * 3) / 2];
}

/** Adds an interval to a window, which keeps the newest. */
export function addInterval(intervals: number[], intervalMs: number, options: DetectorOptions): void {
  intervals.push(Math.min(options.intervalMaxMs, Math.max(0, intervalMs)));
  if (intervals.length > options.windowSize) intervals.shift();
}

export function rhythmOf(intervals: readonly number[], { deviationMinMs }: DetectorOptions): Rhythm {
  const count = intervals.length;
  const meanMs = intervals.reduce((sum, interval) => sum + interval, 0) / count;
  const squares = intervals.reduce((sum, interval) => sum + (interval - meanMs) ** 2, 0);
  return { meanMs, deviationMs: Math.max(deviationMinMs, Math.sqrt(squares / count)) };
}
