import { noLog, type Observation } from '../../core/index.js';
import { deliveredShown } from '../common/observe.js';
import type { GossipState } from './state.js';

/** What the screen shows of a node: its views, its links of the tree, and what has come of each origin. */
export function observe(state: GossipState): Observation {
  const { origin, receipt } = state;
  const counts = new Map<string, number>();
  for (const { origin: from, ranges } of Object.values(receipt.streams)) {
    const received = ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
    counts.set(from, (counts.get(from) ?? 0) + received);
  }
  const common = {
    incarnation: origin.incarnation,
    broadcast: origin.nextSequence - 1,
    stored: receipt.order.length,
    held: receipt.heldCount,
    ...deliveredShown([...counts]),
  };
  if (state.kind === 'fan-out') {
    return { ...noLog, role: 'member', detail: { linked: state.linked.length, ...common } };
  }
  const { membership, tree } = state;
  return {
    ...noLog,
    role: 'member',
    detail: {
      eager: tree.eager.join(' '),
      lazy: tree.lazy.join(' '),
      passive: membership.passive.join(' '),
      lost: membership.lost.join(' '),
      missing: tree.missingCount,
      ...common,
    },
  };
}
