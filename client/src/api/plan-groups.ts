import type { TabInfo } from './types.js';

/** Groups that run at one time. */
export const groupsMax = 12;

/** Who is in which group, and who watches, each in the order of the tabs. */
export type GroupPlan = {
  readonly groups: readonly (readonly string[])[];
  readonly rest: readonly string[];
};

const easilyReached: ReadonlySet<TabInfo['link']> = new Set(['self', 'direct', 'indirect'] as const);

/**
 * Divides those tabs that are here into groups of `size`, as many as they fill; whoever is left watches. Those are first tabs
 * that are hidden or hard to reach, then the host, then who came last.
 */
export function planGroups(tabs: readonly TabInfo[], size: number): GroupPlan {
  const able = tabs.filter((tab) => !tab.watching && tab.presence === 'here');
  const count = Math.min(groupsMax, Math.floor(able.length / size));
  const best = [...able].sort((a, b) => hindrance(a) - hindrance(b)).slice(0, count * size);
  const members = able.filter((tab) => best.includes(tab)).map((tab) => tab.id);
  return {
    groups: Array.from({ length: count }, (_, i) => members.slice(i * size, (i + 1) * size)),
    rest: able.filter((tab) => !best.includes(tab)).map((tab) => tab.id),
  };
}

function hindrance(tab: TabInfo): number {
  if (tab.hidden || !easilyReached.has(tab.link)) return 2;
  return tab.host ? 1 : 0;
}

/** Puts one tab into the group with this index, or among those that watch (null); one index beyond the last makes a new group. */
export function moveTo(plan: GroupPlan, node: string, group: number | null): GroupPlan {
  const without = plan.groups.map((members) => members.filter((id) => id !== node));
  const rest = plan.rest.filter((id) => id !== node);
  if (group === null) return { groups: without, rest: [...rest, node] };
  if (group === without.length) return { groups: [...without, [node]], rest };
  return { groups: without.map((members, i) => (i === group ? [...members, node] : members)), rest };
}
