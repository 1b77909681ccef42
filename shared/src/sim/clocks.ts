import { type ClockBound, nextChance, pick, type RandomState } from '../core/index.js';
import type { FaultDeed } from './actions.js';
import { acrossMagnitudes, between } from './draw.js';

/** The slowest and the fastest rate, 1 being true, so that no two clocks within them differ by more than the bound. */
function ratesWithin({ driftPercent }: ClockBound): readonly [slowest: number, fastest: number] {
  const fastest = Math.sqrt(1 + driftPercent / 100);
  return [1 / fastest, fastest];
}

/** The rate of a clock that drifts: any, or one that keeps to a bound, its ends being drawn often. */
export function drawRate(random: RandomState, bound: ClockBound | null): number {
  const isSlight = nextChance(random, 0.6);
  if (bound === null) return isSlight ? between(random, 0.95, 1.05) : acrossMagnitudes(random, 0.4, 2.5);
  const rates = ratesWithin(bound);
  return isSlight ? between(random, ...rates) : pick(random, rates);
}

/** Whether what the nemesis does to a clock is more than a protocol's bound allows for. */
export function goesBeyond(deed: FaultDeed, bound: ClockBound): boolean {
  if (deed.type === 'jump-clock') return !bound.jumps;
  if (deed.type !== 'drift-clock') return false;
  const [slowest, fastest] = ratesWithin(bound);
  return deed.rate < slowest || deed.rate > fastest;
}
