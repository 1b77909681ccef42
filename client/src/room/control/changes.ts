import { CounterSchema, type NodeId, nextCounter, type RunId } from '@quorate/shared/core';
import { milestones } from '@quorate/shared/host';
import { NameSchema, NodeIdSchema } from '@quorate/shared/wire';
import * as v from 'valibot';
import { QuorateError } from '../../api/error.js';
import {
  changeRun,
  changesBy,
  currentRun,
  FaultEntrySchema,
  faultsMax,
  namesMax,
  PaceSchema,
  type RoomDocument,
  RunEntrySchema,
  RunIdSchema,
  removedMax,
  ServersSchema,
  signersMax,
  studentRights,
  withRun,
} from '../document.js';
import { coHostsMax, type RoomVersion } from './signed.js';

const FaultIdSchema = v.pipe(v.string(), v.maxLength(64));

/**
 * What can be done to the room document. A change is data: whoever may not sign asks somebody who may, and a change that
 * another one has overtaken is made again on top of it.
 */
export const ChangeSchema = v.variant('kind', [
  v.object({ kind: v.literal('start'), run: RunEntrySchema }),
  v.object({ kind: v.literal('stop'), run: RunIdSchema }),
  v.object({ kind: v.literal('addServers'), run: RunIdSchema, servers: ServersSchema }),
  /** UNSAFE: ends one run and begins another with what is left of it. */
  v.object({ kind: v.literal('salvage'), run: RunIdSchema, next: RunEntrySchema }),
  /** `until`: what the lab goes on to, and then pauses; null where it just runs, or stands still. */
  v.object({
    kind: v.literal('pause'),
    run: RunIdSchema,
    paused: v.boolean(),
    until: v.nullable(v.picklist(milestones)),
  }),
  /** Some node has come to what the run was to go on to: it pauses. */
  v.object({ kind: v.literal('reached'), run: RunIdSchema, serial: CounterSchema }),
  v.object({ kind: v.literal('pace'), pace: PaceSchema }),
  v.object({
    kind: v.literal('faults'),
    run: RunIdSchema,
    /** Ids of those to end; `all` ends all of them. */
    end: v.union([v.literal('all'), v.pipe(v.array(FaultIdSchema), v.maxLength(faultsMax))]),
    add: v.pipe(v.array(FaultEntrySchema), v.maxLength(faultsMax)),
  }),
  /** Whether tabs keep their connection to the signaling server. */
  v.object({ kind: v.literal('introductions'), wanted: v.boolean() }),
  v.object({ kind: v.literal('permit'), students: v.picklist(studentRights) }),
  v.object({ kind: v.literal('rename'), node: NodeIdSchema, name: NameSchema }),
  v.object({ kind: v.literal('remove'), node: NodeIdSchema }),
  v.object({ kind: v.literal('appoint'), node: NodeIdSchema }),
  v.object({ kind: v.literal('dismiss'), node: NodeIdSchema }),
  v.object({ kind: v.literal('end') }),
]);
export type Change = v.InferOutput<typeof ChangeSchema>;
export type ChangeKind = Change['kind'];

type Applied = { readonly document: RoomDocument; readonly coHosts: readonly NodeId[] };

/** What `change` by `signer` makes of a version; not signed yet. Throws `QuorateError` where it can't be made any more. */
export function applyChange(version: RoomVersion, change: Change, signer: NodeId, nowMs: number): Applied {
  const { document, charter } = version;
  if (document.ended) throw new QuorateError('ended', 'The room has been ended by its host.');
  return {
    coHosts: coHostsAfter(charter.coHosts, document, change),
    document: {
      ...document,
      ...fieldsAfter(version, change),
      version: nextCounter(document.version),
      changedAtMs: Math.max(nowMs, document.changedAtMs),
      changes: countChange(version, signer),
    },
  };
}

function fieldsAfter(version: RoomVersion, change: Change): Partial<RoomDocument> {
  const { document } = version;
  switch (change.kind) {
    case 'start':
      return { runs: withRun(startable(document).runs, change.run) };
    case 'stop':
      return { runs: changeRun(running(document, change.run).runs, change.run, { running: false }) };
    case 'addServers': {
      const { runs } = running(document, change.run);
      const servers = runs.find((run) => run.id === change.run)?.servers ?? [];
      const all = v.safeParse(ServersSchema, [...new Set([...servers, ...change.servers])]);
      if (!all.success)
        throw new QuorateError('bad-voters', 'This run has had too many servers: start a new one.');
      return { runs: changeRun(runs, change.run, { servers: all.output }) };
    }
    case 'salvage': {
      const stopped = changeRun(running(document, change.run).runs, change.run, { running: false });
      return { runs: withRun(stopped, change.next) };
    }
    case 'pause':
      return { runs: pausedAfter(running(document, change.run), change) };
    case 'reached':
      return { runs: reachedAfter(running(document, change.run), change) };
    case 'pace': {
      const run = currentRun(document);
      const { pace } = change;
      return { pace, runs: run === null ? document.runs : changeRun(document.runs, run.id, { pace }) };
    }
    case 'faults':
      return { runs: faultsAfter(running(document, change.run), change) };
    case 'introductions':
      return { introductions: change.wanted };
    case 'permit':
      return { students: change.students };
    case 'rename':
      return { names: namesAfter(document, change.node, change.name) };
    case 'remove':
      return { removed: removedAfter(version, change.node) };
    case 'end':
      return { ended: true, runs: document.runs.map((run) => ({ ...run, running: false })) };
    case 'appoint':
    case 'dismiss':
      return {};
  }
}

function startable(document: RoomDocument): RoomDocument {
  const run = currentRun(document);
  if (run === null) return document;
  throw new QuorateError('already-running', `${run.protocol} runs already. Stop it first: quorate.stop().`);
}

function running(document: RoomDocument, run: RunId): RoomDocument {
  if (currentRun(document)?.id === run) return document;
  throw new QuorateError('not-running', 'That run has been stopped.');
}

function pausedAfter(
  { runs, version }: RoomDocument,
  { run, paused, until }: Extract<Change, { kind: 'pause' }>,
): RoomDocument['runs'] {
  const wish = until === null ? null : { milestone: until, serial: version };
  return changeRun(runs, run, { paused, until: wish });
}

function reachedAfter(
  { runs }: RoomDocument,
  { run: id, serial }: Extract<Change, { kind: 'reached' }>,
): RoomDocument['runs'] {
  if (runs.find((run) => run.id === id)?.until?.serial !== serial)
    throw new QuorateError(
      'nothing-waits',
      'The run goes on to something else by now, or has paused already.',
    );
  return changeRun(runs, id, { paused: true, until: null });
}

function faultsAfter(
  { runs }: RoomDocument,
  { run: id, end, add }: Extract<Change, { kind: 'faults' }>,
): RoomDocument['runs'] {
  const before = runs.find((run) => run.id === id)?.faults ?? [];
  const kept = end === 'all' ? [] : before.filter((entry) => !end.includes(entry.id));
  const faults = [...kept.filter((entry) => !add.some((each) => each.id === entry.id)), ...add];
  if (faults.length > faultsMax) {
    throw new QuorateError(
      'bad-fault',
      `At most ${faultsMax} faults at a time. Use '*' for every node, or clear some.`,
    );
  }
  return changeRun(runs, id, { faults });
}

function namesAfter({ names }: RoomDocument, node: NodeId, name: string): RoomDocument['names'] {
  const others = names.filter((entry) => entry.node !== node);
  if (others.length >= namesMax)
    throw new QuorateError('too-large', `At most ${namesMax} tabs of a room can be renamed.`);
  return [...others, { node, name }];
}

function removedAfter({ document, charter }: RoomVersion, node: NodeId): RoomDocument['removed'] {
  const { removed, host } = document;
  if (node === host || charter.coHosts.includes(node)) {
    throw new QuorateError(
      'not-allowed',
      'Neither the host nor a co-host can be removed: the host dismisses a co-host first.',
    );
  }
  if (removed.includes(node)) return removed;
  if (removed.length >= removedMax)
    throw new QuorateError('too-large', `At most ${removedMax} tabs can be removed from a room.`);
  return [...removed, node];
}

function coHostsAfter(
  coHosts: readonly NodeId[],
  { host, removed }: RoomDocument,
  change: Change,
): readonly NodeId[] {
  if (change.kind === 'dismiss') return coHosts.filter((id) => id !== change.node);
  if (change.kind !== 'appoint' || change.node === host || coHosts.includes(change.node)) return coHosts;
  if (removed.includes(change.node))
    throw new QuorateError('not-allowed', 'That tab has been removed from the room.');
  if (coHosts.length >= coHostsMax)
    throw new QuorateError('too-large', `A room has at most ${coHostsMax} co-hosts.`);
  return [...coHosts, change.node];
}

/** Counts one more change of `signer`. Who signs no more is forgotten first. */
function countChange({ document, charter }: RoomVersion, signer: NodeId): RoomDocument['changes'] {
  const count = nextCounter(changesBy(document, signer));
  const changes = [...document.changes.filter(({ by }) => by !== signer), { by: signer, count }];
  while (changes.length > signersMax) {
    const former = changes.findIndex(({ by }) => by !== document.host && !charter.coHosts.includes(by));
    changes.splice(former, 1);
  }
  return changes;
}
