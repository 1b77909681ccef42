import { signal } from '@preact/signals';
import { type GroupPlan, moveTo, planGroups } from '../../api/plan-groups.js';
import type { TabInfo } from '../../api/types.js';
import { eligible, votersProblem } from '../model/voters.js';

/** How many tabs a group may be asked to have. */
export const groupSizes = [3, 4, 5, 7] as const;
export type GroupSize = (typeof groupSizes)[number];

/** Null: one cluster of the whole room. */
const size = signal<GroupSize | null>(null);
/** Groups as somebody has made them by hand; null follows the suggestion. */
const byHand = signal<GroupPlan | null>(null);

/** The host's choice of groups in the lobby, kept while the page lives. */
export const groupChoice = {
  get size(): GroupSize | null {
    return size.value;
  },
  get isByHand(): boolean {
    return byHand.value !== null;
  },
  /** Null where it is to be one cluster. */
  plan(tabs: readonly TabInfo[]): GroupPlan | null {
    if (size.value === null) return null;
    return byHand.value === null ? planGroups(tabs, size.value) : ofThoseHere(byHand.value, tabs);
  },
  choose(next: GroupSize | null): void {
    size.value = next;
    byHand.value = null;
  },
  /** Puts a tab into the group with this index, a new one, or among those that watch. */
  move(plan: GroupPlan, node: string, group: number | null): void {
    const { groups, rest } = moveTo(plan, node, group);
    byHand.value = { groups: groups.filter((members) => members.length > 0), rest };
  },
  suggest(): void {
    byHand.value = null;
  },
};

/** Who has gone is in no group, and who has come watches until somebody moves it. */
function ofThoseHere({ groups }: GroupPlan, tabs: readonly TabInfo[]): GroupPlan {
  const here = eligible(tabs).map((tab) => tab.id);
  const present = groups.map((members) => members.filter((id) => here.includes(id)));
  const taken = new Set(present.flat());
  return {
    groups: present.filter((members) => members.length > 0),
    rest: here.filter((id) => !taken.has(id)),
  };
}

/** The first group that can't start, and why; `none` where there is no group. */
export function planProblem({
  groups,
}: GroupPlan): { readonly why: 'none' | 'two' | 'many'; readonly group: number } | null {
  if (groups.length === 0) return { why: 'none', group: 0 };
  for (const [i, members] of groups.entries()) {
    const why = votersProblem(members);
    if (why !== null) return { why, group: i + 1 };
  }
  return null;
}
