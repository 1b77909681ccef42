import * as v from 'valibot';

/**
 * The highest that a number which only rises may be: a clock, a stamp, a version. No honest node comes near it (in ms since
 * 1970 it is the year 10889), and one more, or twice as much, is still exact: what a peer claims can't break sums.
 */
export const counterMax = 2 ** 48;

/** A counter as a peer tells it: whole, from 0 to `counterMax`. */
export const CounterSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(counterMax));

/** The next value of a counter of one's own; it stands still at the end, so that others go on taking it. */
export function nextCounter(...beyond: readonly number[]): number {
  return Math.min(counterMax, Math.max(...beyond) + 1);
}
