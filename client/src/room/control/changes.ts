import { CounterSchema, type NodeId, nextCounter, type RunId } from '@quorate/shared/core';
import { milestones } from '@quorate/shared/host';
import { NameSchema, NodeIdSchema } from '@quorate/shared/wire';
import * as v from 'valibot';
import { QuorateError } from '../../api/error.js';
import { groupsMax } from '../../api/plan-groups.js';
import {
  changeRun,
  changesBy,
  FaultEntrySchema,
  faultsMax,
  namesMax,
  PaceSchema,
  type RoomDocument,
  type RunEntry,
  RunEntrySchema,
  RunIdSchema,
  removedMax,
  runOn,
  runsOn,
  ServersSchema,
  signersMax,
  studentRights,
  withRun,
} from '../document.js';
import { leftAfter, refuseStrangers, splitAfter, stoppedAfter } from './group-changes.js';
import { coHostsMax, type RoomVersion } from './signed.js';

const FaultIdSchema = v.pipe(v.string(), v.maxLength(64));

/**
 * What can be done to the room document. A change is data: whoever may not sign asks somebody who may, and a change that
 * another one has overtaken is made again on top of it.
 */
export const ChangeSchema = v.variant('kind', [
  /** One run of the whole room. */
  v.object({ kind: v.literal('start'), run: RunEntrySchema }),
  /** Runs side by side, each with its own nodes. */
  v.object({
    kind: v.literal('split'),
    runs: v.pipe(v.array(RunEntrySchema), v.minLength(1), v.maxLength(groupsMax)),
  }),
  v.object({ kind: v.literal('stop'), run: RunIdSchema }),
  /** Groups that were on when it was wished for; those begun since go on. */
  v.object({
    kind: v.literal('stopGroups'),
    runs: v.pipe(v.array(RunIdSchema), v.minLength(1), v.maxLength(groupsMax)),
  }),
  v.object({ kind: v.literal('addServers'), run: RunIdSchema, servers: ServersSchema }),
  /** Who has no vote in a group any more leaves it. */
  v.object({ kind: v.literal('leaveGroup'), run: RunIdSchema, nodes: ServersSchema }),
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
  /** Of the whole room's run, where one is on, and of runs to come. */
  v.object({ kind: v.literal('pace'), pace: PaceSchema }),
  v.object({ kind: v.literal('groupPace'), run: RunIdSchema, pace: PaceSchema }),
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
      return { runs: withRun(startable(document).runs, { ...change.run, group: null }) };
    case 'split':
      return { runs: splitAfter(document, change.runs) };
    case 'stop':
      return { runs: changeRun(document.runs, running(document, change.run).id, { running: false }) };
    case 'stopGroups':
      return { runs: stoppedAfter(document, change.runs) };
    case 'addServers':
      return { runs: serversAfter(document, change) };
    case 'leaveGroup':
      return { runs: leftAfter(document, running(document, change.run), change.nodes) };
    case 'salvage':
      return { runs: salvagedAfter(document, change) };
    case 'pause':
      return { runs: pausedAfter(document, change) };
    case 'reached':
      return { runs: reachedAfter(document, change) };
    case 'pace':
      return { pace: change.pace, runs: roomsPaceAfter(document.runs, change.pace) };
    case 'groupPace':
      return {
        runs: changeRun(document.runs, running(document, change.run).id, { pace: change.pace }),
      };
    case 'faults':
      return { runs: faultsAfter(document, change) };
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
  const [run] = runsOn(document);
  if (run === undefined) return document;
  throw new QuorateError('already-running', `${run.protocol} runs already. Stop it first: quorate.stop().`);
}

function running(document: RoomDocument, id: RunId): RunEntry {
  const run = runOn(document, id);
  if (run !== null) return run;
  throw new QuorateError('not-running', 'That run has been stopped.');
}

function serversAfter(
  document: RoomDocument,
  { run: id, servers }: Extract<Change, { kind: 'addServers' }>,
): RoomDocument['runs'] {
  const run = running(document, id);
  if (run.group !== null) refuseStrangers(document, run, servers);
  const all = v.safeParse(ServersSchema, [...new Set([...run.servers, ...servers])]);
  if (!all.success)
    throw new QuorateError('bad-voters', 'This run has had too many servers: start a new one.');
  return changeRun(document.runs, id, { servers: all.output });
}

function salvagedAfter(
  document: RoomDocument,
  { run: id, next }: Extract<Change, { kind: 'salvage' }>,
): RoomDocument['runs'] {
  const run = running(document, id);
  if (run.group !== null) refuseStrangers(document, run, next.servers);
  return withRun(changeRun(document.runs, id, { running: false }), { ...next, group: run.group });
}

function roomsPaceAfter(runs: RoomDocument['runs'], pace: number): RoomDocument['runs'] {
  return runs.map((run) => (run.running && run.group === null ? { ...run, pace } : run));
}

function pausedAfter(
  document: RoomDocument,
  { run: id, paused, until }: Extract<Change, { kind: 'pause' }>,
): RoomDocument['runs'] {
  const wish = until === null ? null : { milestone: until, serial: document.version };
  return changeRun(document.runs, running(document, id).id, { paused, until: wish });
}

function reachedAfter(
  document: RoomDocument,
  { run: id, serial }: Extract<Change, { kind: 'reached' }>,
): RoomDocument['runs'] {
  if (running(document, id).until?.serial !== serial)
    throw new QuorateError(
      'nothing-waits',
      'The run goes on to something else by now, or has paused already.',
    );
  return changeRun(document.runs, id, { paused: true, until: null });
}

function faultsAfter(
  document: RoomDocument,
  { run: id, end, add }: Extract<Change, { kind: 'faults' }>,
): RoomDocument['runs'] {
  const before = running(document, id).faults;
  const kept = end === 'all' ? [] : before.filter((entry) => !end.includes(entry.id));
  const faults = [...kept.filter((entry) => !add.some((each) => each.id === entry.id)), ...add];
  if (faults.length > faultsMax) {
    throw new QuorateError(
      'bad-fault',
      `At most ${faultsMax} faults at a time. Use '*' for every node, or clear some.`,
    );
  }
  return changeRun(document.runs, id, { faults });
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
