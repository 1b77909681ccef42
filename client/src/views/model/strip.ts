import type { Index, Observation } from '@quorate/shared/core';

/** A column of the log strips: an index, or the fold that stands for the indices from `first` to `last`. */
export type Column =
  | { readonly kind: 'index'; readonly index: Index }
  | { readonly kind: 'fold'; readonly first: Index; readonly last: Index };

/** Entries shown before the fold. */
const headShown = 2;

/**
 * The columns of indices 1..`last` that fit into `columnsMax`, folded in the middle: the first entries, a fold, the
 * newest. One more column than the longest log shows what is sent next.
 */
export function columnsOf(last: Index, columnsMax: number): readonly Column[] {
  const index = (from: Index, to: Index): Column[] =>
    Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => ({ kind: 'index', index: from + i }));
  if (last <= columnsMax) return index(1, last);
  const head = columnsMax >= 11 ? headShown : 0;
  const tail = Math.max(1, columnsMax - head - 1);
  const fold: Column = { kind: 'fold', first: head + 1, last: last - tail };
  return [...index(1, head), fold, ...index(last - tail + 1, last)];
}

export type Cell =
  | { readonly kind: 'none' }
  /** It is in the snapshot: the entry itself is gone. */
  | { readonly kind: 'compacted' }
  | {
      readonly kind: 'entry';
      readonly reign: number;
      readonly committed: boolean;
      readonly applied: boolean;
    };

/** What a node's log holds at `index`. */
export function cellAt(observation: Observation, index: Index): Cell {
  if (index > observation.lastIndex || index < 1) return { kind: 'none' };
  if (index < observation.firstIndex) return { kind: 'compacted' };
  return {
    kind: 'entry',
    reign: reignAt(observation, index),
    committed: index <= observation.commitIndex,
    applied: index <= observation.appliedIndex,
  };
}

/** The reign of an entry, out of the run-length coded list. */
export function reignAt(observation: Observation, index: Index): number {
  let reign = 0;
  for (const [first, of] of observation.logReigns) {
    if (first > index) break;
    reign = of;
  }
  return reign;
}
