import { assert, type Index, type NodeId, type Reign } from '../../core/index.js';
import {
  type Configuration,
  type ConfigurationAt,
  type ConfigurationId,
  isVoter,
  votersOf,
} from './configuration.js';
import type { RaftState } from './state.js';

/**
 * Section 6: "a server always uses the latest configuration in its log, regardless of whether the entry is committed".
 * `configurations` are those of the log, oldest first, behind the one that a snapshot or the run's start gave: an entry that
 * is cut off takes its configuration with it.
 */
export function enterConfiguration(
  state: RaftState,
  term: Reign,
  index: Index,
  configuration: Configuration,
): void {
  forgetBefore(state, state.appliedIndex);
  state.configurations.push({ term, index, configuration });
  state.configuration = configuration;
}

/** The entries from `index` on are gone. Answers true when another configuration is in force by that. */
export function rollBackTo(state: RaftState, index: Index): boolean {
  const { configurations } = state;
  const before = configurations.length;
  while (configurations.length > 1 && latestOf(configurations).index >= index) configurations.pop();
  state.configuration = latestOf(configurations).configuration;
  return configurations.length < before;
}

/** A snapshot takes the place of the log up to `index`; configurations behind it stay where the log behind it does. */
export function startFrom(state: RaftState, base: ConfigurationAt, index: Index, keepSuffix: boolean): void {
  const later = keepSuffix ? state.configurations.filter((entered) => entered.index > index) : [];
  state.configurations.splice(0, Number.POSITIVE_INFINITY, base, ...later);
  state.configuration = latestOf(state.configurations).configuration;
}

/** The configuration that the log has at `index`: what a snapshot of that index must carry. */
export function inForceAt({ configurations }: RaftState, index: Index): ConfigurationAt {
  const found = configurations.findLast((entered) => entered.index <= index);
  assert(found !== undefined, 'the configuration of what is committed is known');
  return found;
}

export function latestConfiguration({ configurations }: RaftState): ConfigurationAt {
  return latestOf(configurations);
}

/**
 * Whether this node may have to lead: it votes in a configuration that is not known to be superseded. One whose log ends in
 * a C_new without it must still stand (dissertation 4.2.2), for it may be the only one that has that entry.
 */
export function mayStand(state: RaftState): boolean {
  const committed = inForceAt(state, state.commitIndex).index;
  return state.configurations.some(
    ({ index, configuration }) => index >= committed && isVoter(configuration, state.self),
  );
}

/** The servers that clients may turn to, committed or not: one of them knows more. */
export function serversOf(state: RaftState): {
  readonly configuration: ConfigurationId;
  readonly servers: readonly NodeId[];
} {
  const { term, index, configuration } = latestConfiguration(state);
  return { configuration: { term, index }, servers: votersOf(configuration) };
}

function forgetBefore({ configurations }: RaftState, index: Index): void {
  const at = configurations.findLastIndex((entered) => entered.index <= index);
  if (at > 0) configurations.splice(0, at);
}

function latestOf(configurations: readonly ConfigurationAt[]): ConfigurationAt {
  const latest = configurations.at(-1);
  assert(latest !== undefined, 'there is always a configuration');
  return latest;
}
