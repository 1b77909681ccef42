import type { TabInfo } from '../api/types.js';
import { strings } from '../strings/index.js';
import { highestReign, isCutOff, type Look, lookOf } from './model/looks.js';
import type { NodeView } from './model/state.js';
import { type Screen, useScreen } from './screen.js';

/** One voter as the panels show it. */
export type Member = {
  readonly id: string;
  readonly name: string;
  readonly node: NodeView | undefined;
  readonly tab: TabInfo | undefined;
  readonly look: Look;
  readonly isSelf: boolean;
};

/** The voters in the order of the ring, with how each looks now. */
export function useCluster(): readonly Member[] {
  return membersOf(useScreen());
}

/** The same outside of a view's rendering; reads signals. */
export function membersOf(screen: Screen): readonly Member[] {
  const view = screen.store.panels.value;
  const voters = screen.voters.value;
  const faults = screen.app.faults.value;
  const highest = highestReign(view);
  return voters.map((id) => {
    const node = view.nodes.get(id);
    const tab = screen.tab(id);
    const look = lookOf({ node, tab, isCut: isCutOff(id, voters, faults), highestReign: highest });
    return { id, name: screen.nameOf(id), node, tab, look, isSelf: tab?.self ?? false };
  });
}

/** A member's state in a few words: `leader · this tab`. */
export function stateText(member: Member): string {
  const text = strings.value;
  const role = member.node?.observation?.role ?? '';
  const looks = text.look[member.look];
  const roleText = text.roles[role] ?? role;
  const first = member.look === 'running' || member.look === 'candidate' ? roleText : looks;
  const more = member.look === 'cut' && role !== 'follower' ? roleText : '';
  return [first, more, member.isSelf ? text.common.you : ''].filter((part) => part !== '').join(' · ');
}
