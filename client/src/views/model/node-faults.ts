import type { Fault } from '../../api/types.js';
import type { ActiveFault } from '../app.js';

/** What "Slow" adds to a message, in ms of lab time, and what "Drop" takes away. */
export const slowMs = 120;
export const dropRate = 0.3;

export type LinkFault = 'cut' | 'delay' | 'drop';

/** A fault on all messages between a node and another (`'*'`: all others), both ways. */
export function bothWays(kind: LinkFault, node: string, other: string): readonly Fault[] {
  const one = (from: string, to: string): Fault => {
    if (kind === 'delay') return { kind, from, to, ms: slowMs };
    return kind === 'drop' ? { kind, from, to, rate: dropRate } : { kind, from, to };
  };
  return [one(node, other), one(other, node)];
}

/** Those of the faults that are on which `bothWays` would set once more. */
export function activeBetween(
  faults: readonly ActiveFault[],
  kind: LinkFault,
  node: string,
  other: string,
): readonly ActiveFault[] {
  return faults.filter(
    ({ fault }) =>
      fault.kind === kind &&
      ((fault.from === node && fault.to === other) || (fault.from === other && fault.to === node)),
  );
}
