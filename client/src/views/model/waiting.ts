import { majority } from '@quorate/shared/core';
import type { Status, TabInfo } from '../../api/types.js';

/** What a command waits for, as far as this tab can know. */
export type WaitsFor = 'paused' | 'no-majority' | 'no-leader' | 'on-its-way';

/** True when the tab is open and its node has not been crashed. */
export function isThere(tab: TabInfo): boolean {
  return tab.presence === 'here' && tab.lab !== 'crashed';
}

/** Why an answer is not there yet: the plainest reason first. Without a majority there can be no leader either. */
export function waitsFor(status: Status, tabs: readonly TabInfo[], leader: string | null): WaitsFor {
  if (status.paused) return 'paused';
  const there = new Set(tabs.filter(isThere).map((tab) => tab.id));
  const lacks = [status.voters, status.incoming].some(
    (voters) =>
      voters.filter((id) => there.has(id)).length < (voters.length === 0 ? 0 : majority(voters.length)),
  );
  if (lacks) return 'no-majority';
  return leader === null || !there.has(leader) ? 'no-leader' : 'on-its-way';
}
