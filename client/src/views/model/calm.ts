import type { Status, TabInfo } from '../../api/types.js';

function membersOf({ voters, incoming, learners }: Status): ReadonlySet<string> {
  return new Set([...voters, ...incoming, ...learners]);
}

/** Who takes part in the run and has closed its tab: nobody but its owner can bring it back. */
export function closedVoters(status: Status, tabs: readonly TabInfo[]): readonly TabInfo[] {
  const members = membersOf(status);
  return tabs.filter((tab) => tab.presence === 'crashed' && members.has(tab.id));
}

/** True when `calm` would change something: of a group, in that group. */
export function canCalm(status: Status, tabs: readonly TabInfo[], faults: number): boolean {
  const members = status.group === null ? null : membersOf(status);
  const crashed = tabs.filter((tab) => tab.presence === 'here' && tab.lab === 'crashed');
  return faults > 0 || status.paused || crashed.some(({ id }) => members?.has(id) ?? true);
}
