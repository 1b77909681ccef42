import type { Index, NodeId, Observation } from '../../core/index.js';
import { lastIndex } from './log.js';
import { openRequests } from './requests.js';
import type { LeaderRole, RaftState } from './state.js';

/** What the screen shows of a server. */
export function observe(state: RaftState): Observation {
  const { role, log, configuration } = state;
  return {
    role: role.name,
    reign: state.currentTerm,
    leader: state.leader,
    firstIndex: log.offset + 1,
    lastIndex: lastIndex(log),
    commitIndex: state.commitIndex,
    appliedIndex: state.appliedIndex,
    logReigns: log.runs.map(([index, term]) => [index, term] as const),
    ...(role.name === 'candidate' || role.name === 'pre-candidate' ? { votes: { ...role.votes } } : {}),
    ...(role.name === 'leader' ? { progress: progressShown(role) } : {}),
    voters: configuration.voters,
    ...(configuration.incoming === null ? {} : { incoming: configuration.incoming }),
    learners: configuration.learners,
    detail: {
      currentTerm: state.currentTerm,
      votedFor: state.votedFor,
      durableIndex: state.durability.durableIndex,
      snapshotIndex: state.snapshot?.index ?? 0,
      pendingRequests: role.name === 'leader' ? openRequests(role) : 0,
    },
  };
}

function progressShown(leader: LeaderRole): {
  readonly [node: NodeId]: { readonly match: Index; readonly next: Index };
} {
  return Object.fromEntries(
    Object.entries(leader.progress).map(([node, { matchIndex, nextIndex }]) => [
      node,
      { match: matchIndex, next: nextIndex },
    ]),
  );
}
