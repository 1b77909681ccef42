import type { Status, TabInfo } from '../../api/types.js';

/** Who takes part in the run and has closed its tab: nobody but its owner can bring it back. */
export function closedVoters(status: Status, tabs: readonly TabInfo[]): readonly TabInfo[] {
  const { voters, incoming, learners } = status;
  const members = new Set([...voters, ...incoming, ...learners]);
  return tabs.filter((tab) => tab.presence === 'crashed' && members.has(tab.id));
}

/** True when `calm` would change something. */
export function canCalm(status: Status, tabs: readonly TabInfo[], faults: number): boolean {
  return faults > 0 || status.paused || tabs.some((tab) => tab.presence === 'here' && tab.lab === 'crashed');
}
