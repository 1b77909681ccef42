import type { TabInfo } from '../../api/types.js';

export const votersMin = 3;
export const votersMax = 9;
/** More than five are slower to follow with the eye. */
const suggestedMax = 5;

/** Tabs that could vote: here, and not a watching page. */
export function eligible(tabs: readonly TabInfo[]): readonly TabInfo[] {
  return tabs.filter((tab) => !tab.watching && tab.presence === 'here');
}

const easilyReached: ReadonlySet<TabInfo['link']> = new Set(['self', 'direct', 'indirect'] as const);

/**
 * The voters to suggest, an odd number of at most five: tabs that are visible and reached without TURN first, in the order
 * of joining; fewer than three only when there are no more.
 */
export function suggestVoters(tabs: readonly TabInfo[]): readonly string[] {
  const all = eligible(tabs);
  const good = all.filter((tab) => !tab.hidden && easilyReached.has(tab.link));
  const pool = good.length >= votersMin ? good : [...good, ...all.filter((tab) => !good.includes(tab))];
  const odd = pool.length % 2 === 0 ? pool.length - 1 : pool.length;
  const count = good.length >= votersMin ? Math.min(suggestedMax, odd) : Math.min(votersMin, pool.length);
  return pool.slice(0, Math.max(1, count === 2 ? 1 : count)).map((tab) => tab.id);
}

/** Why these can't start, or null. One tab alone may try it; two survive nothing. */
export function votersProblem(voters: readonly string[]): 'none' | 'two' | 'many' | null {
  if (voters.length === 0) return 'none';
  if (voters.length === 2) return 'two';
  return voters.length > votersMax ? 'many' : null;
}
