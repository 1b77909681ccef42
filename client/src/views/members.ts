import type { ProtocolKind } from '@quorate/shared/core';
import { findProtocol } from '@quorate/shared/registry';
import type { GroupInfo, Status, TabInfo } from '../api/types.js';
import { strings } from '../strings/index.js';
import type { ActiveFault } from './app.js';
import { highestReign, isCutOff, type Look, lookOf } from './model/looks.js';
import { emptyView, type NodeView, type ViewState } from './model/state.js';
import { type Screen, useScreen } from './screen.js';

/** What a node has to say in the log's votes: `joining` and `leaving` while two sets of voters overlap. */
export type Standing = 'voter' | 'learner' | 'joining' | 'leaving';

/** One node of the ring as the panels show it. */
export type Member = {
  readonly id: string;
  readonly name: string;
  readonly node: NodeView | undefined;
  readonly tab: TabInfo | undefined;
  readonly look: Look;
  readonly standing: Standing;
  readonly isSelf: boolean;
  /** What stands in its disc: its reign, or of a broadcast how many it has delivered. */
  readonly number: number;
};

/** The nodes in the order of the ring, with how each looks now. */
export function useCluster(): readonly Member[] {
  return membersOf(useScreen());
}

/** The same outside of a view's rendering; reads signals. */
export function membersOf(screen: Screen): readonly Member[] {
  const view = screen.store.panels.value;
  const nodes = screen.nodes.value;
  const status = screen.app.status.value;
  const known = { view, nodes, faults: screen.app.faults.value, kind: screen.kind };
  return nodes.map((id) => memberOf(screen, known, id, standingOf(id, status)));
}

/** The voters of one of several groups, with how each looks now; reads signals. */
export function membersIn(screen: Screen, group: GroupInfo): readonly Member[] {
  const { run, voters, faults, protocol } = group;
  const known = {
    view: screen.store.runs.value.get(run) ?? emptyView(run),
    nodes: voters,
    faults: faults.map((fault) => ({ ...fault, touched: 0 })),
    kind: findProtocol(protocol)?.kind ?? 'log',
  };
  return voters.map((id) => memberOf(screen, known, id, 'voter'));
}

type Known = {
  readonly view: ViewState;
  readonly nodes: readonly string[];
  readonly faults: readonly ActiveFault[];
  readonly kind: ProtocolKind;
};

function memberOf(screen: Screen, known: Known, id: string, standing: Standing): Member {
  const { view, nodes, faults, kind } = known;
  const node = view.nodes.get(id);
  const tab = screen.tab(id);
  const look = lookOf({ node, tab, isCut: isCutOff(id, nodes, faults), highestReign: highestReign(view) });
  const delivered = view.deliveries.get(id);
  const count = (delivered?.before ?? 0) + (delivered?.shown.length ?? 0);
  const number = kind === 'broadcast' ? count : (node?.observation?.reign ?? 0);
  return { id, name: screen.nameOf(id), node, tab, look, standing, isSelf: tab?.self ?? false, number };
}

function standingOf(id: string, status: Status): Standing {
  const { voters, incoming, learners } = status;
  if (learners.includes(id)) return 'learner';
  if (incoming.length === 0 || (voters.includes(id) && incoming.includes(id))) return 'voter';
  return voters.includes(id) ? 'leaving' : 'joining';
}

/** A member's state in a few words: `leader · this tab`. */
export function stateText(member: Member): string {
  const text = strings.value;
  const role = member.node?.observation?.role ?? '';
  const looks = text.look[member.look];
  const { standing } = member;
  const voting = text.roles[role] ?? role;
  const roleText = standing === 'learner' ? text.standing.learner : voting;
  const changing = standing === 'joining' || standing === 'leaving' ? text.standing[standing] : '';
  const first = member.look === 'running' || member.look === 'candidate' ? roleText : looks;
  const more = member.look === 'cut' && role !== 'follower' ? roleText : '';
  return [first, more, changing, member.isSelf ? text.common.you : '']
    .filter((part) => part !== '')
    .join(' · ');
}
