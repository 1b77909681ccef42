import type { NodeId, Observation } from '../../core/index.js';
import { primaryOf } from './certificates.js';
import { isPrepared, matchingCommits, matchingPrepares, phaseOf, slotsOf } from './slots.js';
import type { PbftState, Slot } from './state.js';
import { isPrimary } from './step.js';

/** Sequence numbers whose phases the screen lists: the first that are not executed. */
const shownMax = 8;
const phases = ['nothing', 'pre-prepared', 'prepared', 'committed'] as const;

/** What the screen shows of a replica. While it waits for a view it knows no primary. */
export function observe(state: PbftState): Observation {
  const { view, isActive, stable, options, executed, group, waiting } = state;
  const open = slotsOf(state).filter(({ sequence, accepted }) => sequence > executed && accepted !== null);
  return {
    role: isActive ? (isPrimary(state) ? 'primary' : 'backup') : 'view-change',
    reign: view,
    leader: isActive ? primaryOf(group, view) : null,
    // What the view of which is known; all of it has gone into the store.
    firstIndex: state.reigns[0]?.[0] ?? state.handedIndex + 1,
    lastIndex: state.handedIndex,
    commitIndex: state.handedIndex,
    appliedIndex: state.appliedIndex,
    logReigns: state.reigns.map(([index, reign]) => [index, reign] as const),
    ...(isActive ? {} : { votes: votesShown(state) }),
    voters: group.replicas,
    detail: {
      view,
      f: group.faults,
      quorum: group.quorum,
      lowWatermark: stable.sequence,
      highWatermark: stable.sequence + options.window,
      executed,
      committed: state.handed,
      tentative: state.tentative?.sequence ?? null,
      waiting: waiting.length,
      ...Object.fromEntries(
        open.slice(0, shownMax).map((slot) => [`sequence ${slot.sequence}`, shown(state, slot)]),
      ),
    },
  };
}

function votesShown({ viewChanges, view, group }: PbftState): { readonly [node: NodeId]: 'yes' } {
  const asked = group.replicas.filter((replica) => (viewChanges[replica]?.latest.body.view ?? -1) >= view);
  return Object.fromEntries(asked.map((replica) => [replica, 'yes'] as const));
}

/** "prepared, prepares 3/3, commits 2/3": the pre-prepare counts as the primary's prepare. */
function shown(state: PbftState, slot: Slot): string {
  const { quorum } = state.group;
  const phase = phases[phaseOf(state, slot)];
  const prepares = phase === 'nothing' ? 0 : 1 + matchingPrepares(state, slot).length;
  const commits = isPrepared(state, slot) ? matchingCommits(state, slot).length : 0;
  return `${phase}, prepares ${prepares}/${quorum}, commits ${commits}/${quorum}`;
}
