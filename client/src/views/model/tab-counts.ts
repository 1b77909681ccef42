import type { TabInfo } from '../../api/types.js';

/** What a tab does in the room, as its row says it: who is closed or has left does nothing, unless it has a vote. */
export type Part = 'votes' | 'watches' | 'none';

export function partOf(tab: TabInfo, voters: readonly string[]): Part {
  if (voters.includes(tab.id)) return 'votes';
  return tab.presence === 'here' ? 'watches' : 'none';
}

export type TabCounts = {
  readonly here: number;
  readonly vote: number;
  readonly watch: number;
  readonly closed: number;
};

/** How many rows say what; who has left for good is in none but the votes it may still have. */
export function countTabs(tabs: readonly TabInfo[], voters: readonly string[]): TabCounts {
  const count = (is: (tab: TabInfo) => boolean): number => tabs.filter(is).length;
  return {
    here: count((tab) => tab.presence === 'here'),
    vote: count((tab) => partOf(tab, voters) === 'votes'),
    watch: count((tab) => partOf(tab, voters) === 'watches'),
    closed: count((tab) => tab.presence === 'crashed'),
  };
}
