import { type Effect, type Index, majority, type NodeId, type ProcessEvent } from '../../core/index.js';
import type { Configuration, ConfigurationAt } from './configuration.js';
import type { LogEntry } from './log.js';
import type { RaftMessage } from './messages.js';
import type { SnapshotMeta } from './state.js';

/**
 * The configurations of one node's log, told by what it writes and by nothing that it believes of itself: the checker
 * counts quorums of its own by them.
 */
export type SeenConfigurations = {
  /** Oldest first; never empty. */
  entered: ConfigurationAt[];
  /** A snapshot that is being installed. */
  installing: { readonly base: ConfigurationAt; readonly index: Index; readonly keepSuffix: boolean } | null;
};

/** A configuration that a node has put into its log, and the one that it found there. */
export type EnteredNow = { readonly before: ConfigurationAt; readonly now: ConfigurationAt };

/** Configurations behind a snapshot, of which a log may have several; more are forgotten from the front. */
const enteredMax = 64;

export function createSeen(voters: readonly NodeId[]): SeenConfigurations {
  return { entered: [{ term: 0, index: 0, configuration: stable(voters) }], installing: null };
}

function stable(voters: readonly NodeId[]): Configuration {
  return { voters, incoming: null, learners: [] };
}

export function newestSeen(seen: SeenConfigurations): ConfigurationAt {
  return seen.entered.at(-1) ?? { term: 0, index: 0, configuration: stable([]) };
}

/** The newest up to `index`; null for one that is forgotten. */
export function seenAt(seen: SeenConfigurations, index: Index): ConfigurationAt | null {
  return seen.entered.findLast((entered) => entered.index <= index) ?? null;
}

/** Follows one step. Answers with the configurations that it put into the log. */
export function followStep(
  seen: SeenConfigurations,
  voters: readonly NodeId[],
  event: ProcessEvent<RaftMessage>,
  effects: readonly Effect<RaftMessage>[],
): readonly EnteredNow[] {
  if (event.type === 'start') restart(seen, voters, event.disk);
  else if (event.type === 'snapshotInstalled') installed(seen);
  else if (event.type === 'snapshotRejected') seen.installing = null;
  const entered: EnteredNow[] = [];
  for (const effect of effects) {
    if (effect.type === 'persist') entered.push(...followOps(seen, effect.ops));
    if (effect.type === 'installSnapshot') {
      const { configuration: base } = effect.meta as SnapshotMeta;
      const keepSuffix = !effect.ops.some(({ kind }) => kind === 'truncateFrom');
      seen.installing = {
        base,
        index: effect.index,
        keepSuffix,
      };
    }
  }
  return entered;
}

type Persist = Extract<Effect<RaftMessage>, { type: 'persist' }>;
type Start = Extract<ProcessEvent<RaftMessage>, { type: 'start' }>;

function followOps(seen: SeenConfigurations, ops: Persist['ops']): EnteredNow[] {
  const entered: EnteredNow[] = [];
  for (const op of ops) {
    if (op.kind === 'truncateFrom') {
      seen.entered = seen.entered.filter(({ index }, i) => i === 0 || index < op.index);
    } else if (op.kind === 'append') {
      const entry = op.value as LogEntry;
      if (entry.kind !== 'configuration') continue;
      const now = { term: entry.term, index: op.index, configuration: entry.configuration };
      entered.push({ before: newestSeen(seen), now });
      seen.entered.push(now);
      if (seen.entered.length > enteredMax) seen.entered.shift();
    }
  }
  return entered;
}

function restart(seen: SeenConfigurations, voters: readonly NodeId[], disk: Start['disk']): void {
  seen.installing = null;
  const meta = disk.snapshot?.meta as SnapshotMeta | undefined;
  const base: ConfigurationAt =
    meta === undefined ? { term: 0, index: 0, configuration: stable(voters) } : meta.configuration;
  seen.entered = [base];
  for (const { index, value } of disk.log) {
    const entry = value as LogEntry;
    if (index <= (disk.snapshot?.index ?? 0) || entry.kind !== 'configuration') continue;
    seen.entered.push({ term: entry.term, index, configuration: entry.configuration });
  }
}

function installed(seen: SeenConfigurations): void {
  const { installing, entered } = seen;
  if (installing === null) return;
  const { base, index, keepSuffix } = installing;
  seen.entered = [base, ...(keepSuffix ? entered.filter((later) => later.index > index) : [])];
  seen.installing = null;
}

/** Counted here anew, on purpose: a quorum that the code under test counts wrongly must not pass. */
export function holdsQuorum({ voters, incoming }: Configuration, holds: (node: NodeId) => boolean): boolean {
  return [voters, incoming ?? voters].every((side) => side.filter(holds).length >= majority(side.length));
}

/** Whether one may follow the other: voters change only through a configuration that needs both majorities. */
export function isNextOf(before: Configuration, next: Configuration): boolean {
  if (before.incoming === null) return sameNodes(before.voters, next.voters);
  return next.incoming === null && sameNodes(before.incoming, next.voters);
}

export function sameConfiguration(a: Configuration, b: Configuration): boolean {
  const bothJoint = a.incoming !== null && b.incoming !== null && sameNodes(a.incoming, b.incoming);
  const sameIncoming = bothJoint || (a.incoming === null && b.incoming === null);
  return sameIncoming && sameNodes(a.voters, b.voters) && sameNodes(a.learners, b.learners);
}

function sameNodes(a: readonly NodeId[], b: readonly NodeId[]): boolean {
  return [...a].sort().join(' ') === [...b].sort().join(' ');
}
