import type { NodeId } from '@quorate/shared/core';
import { concerns } from '@quorate/shared/faults';
import type { TabInfo } from '../../api/types.js';
import type { ActiveFault } from '../app.js';
import type { NodeView, ViewState } from './state.js';

/** How a node looks: each is told apart by shape and words, never by colour alone. */
export type Look =
  | 'unknown'
  | 'running'
  | 'candidate'
  | 'leader'
  | 'stale-leader'
  | 'cut'
  | 'silent'
  | 'crashed'
  | 'left'
  | 'stopped';

export type Known = {
  readonly node: NodeView | undefined;
  readonly tab: TabInfo | undefined;
  readonly isCut: boolean;
  /** The highest reign that any running node is in. */
  readonly highestReign: number;
};

/** The look of one node, the plainest fact first: who is gone can't be cut off as well. */
export function lookOf(known: Known): Look {
  const { node, tab } = known;
  if (tab?.presence === 'left') return 'left';
  if (tab?.presence === 'crashed' || tab?.lab === 'crashed' || node?.lab === 'crashed') return 'crashed';
  if (node?.lab === 'stopped') return 'stopped';
  if (tab?.link === 'silent' || tab?.link === 'closed' || tab?.link === 'backoff') return 'silent';
  const observation = node?.observation ?? null;
  if (observation === null) return known.isCut ? 'cut' : 'unknown';
  if (observation.role === 'leader')
    return observation.reign < known.highestReign ? 'stale-leader' : 'leader';
  if (known.isCut) return 'cut';
  return observation.votes === undefined ? 'running' : 'candidate';
}

/** True when the node runs: it can be crashed, and answers. */
export function isUp(look: Look): boolean {
  return look !== 'crashed' && look !== 'left' && look !== 'stopped';
}

/** The highest reign of all running nodes; 0 without any. */
export function highestReign(state: ViewState): number {
  let highest = 0;
  for (const node of state.nodes.values()) {
    if (node.lab === 'running') highest = Math.max(highest, node.observation?.reign ?? 0);
  }
  return highest;
}

/** The leader of the highest reign that still runs, or null. */
export function leaderOf(state: ViewState): NodeId | null {
  const highest = highestReign(state);
  for (const node of state.nodes.values()) {
    const { observation } = node;
    // A primary leads under another name.
    if (node.lab === 'running' && observation?.leader === node.id && observation.reign === highest)
      return node.id;
  }
  return null;
}

/** True when cuts part `id` from every other one of `nodes`, in at least one direction. */
export function isCutOff(id: NodeId, nodes: readonly NodeId[], faults: readonly ActiveFault[]): boolean {
  const cuts = faults.map((active) => active.fault).filter((fault) => fault.kind === 'cut');
  const others = nodes.filter((node) => node !== id);
  if (cuts.length === 0 || others.length === 0) return false;
  return others.every((other) => cuts.some((cut) => concerns(cut, id, other) || concerns(cut, other, id)));
}

/** The timer that matters on a node's arc: the one due next. */
export function nextTimer(
  node: NodeView | undefined,
): { readonly name: string; readonly setMs: number; readonly dueMs: number } | null {
  let next: { name: string; setMs: number; dueMs: number } | null = null;
  for (const [name, timer] of Object.entries(node?.timers ?? {})) {
    if (next === null || timer.dueMs < next.dueMs) next = { name, ...timer };
  }
  return next;
}
