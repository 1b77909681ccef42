import { CounterSchema, type NodeId, protocolNames, type RunId } from '@quorate/shared/core';
import { faultSchema } from '@quorate/shared/faults';
import { milestones } from '@quorate/shared/host';
import { NameSchema, NodeIdSchema, RoomCodeSchema } from '@quorate/shared/wire';
import * as v from 'valibot';

/** The slowest pace: one lab millisecond takes a second. */
export const paceMin = 1 / 1000;
/** Faults of one run at a time: each pair of nine voters in both directions, and some to spare. */
export const faultsMax = 128;
/** Nodes that have a server of one run: its voters, and whoever was to become one. */
const serversMax = 64;
/** Runs remembered, more than there can be groups at one time; the oldest that has stopped goes first. */
export const runsMax = 16;

export const PaceSchema = v.pipe(v.number(), v.minValue(paceMin), v.maxValue(1));
export const FaultEntrySchema = v.object({ id: v.pipe(v.string(), v.maxLength(64)), fault: faultSchema });

export const RunIdSchema = v.pipe(v.string(), v.minLength(1), v.maxLength(64));
const indexSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Who has a server of a run. */
export const ServersSchema = v.pipe(v.array(NodeIdSchema), v.minLength(1), v.maxLength(serversMax));
export const RunEntrySchema = v.object({
  id: RunIdSchema,
  protocol: v.picklist(protocolNames),
  /** The number of a group, in which its servers alone take part; null for a run of the whole room. */
  group: v.optional(v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(999))), null),
  /** Whom the run began with; who votes now the protocol itself knows. */
  voters: v.pipe(v.array(NodeIdSchema), v.minLength(1), v.maxLength(9)),
  /** Who has a server of this run: the voters it began with, and whoever was to become one since. */
  servers: ServersSchema,
  /**
   * UNSAFE: the run that this one goes on from, with what one node kept of it, when its majority had gone for good: up to
   * `lastIndex`, of which `committedIndex` is certain. Null for one that begins with nothing.
   */
  salvaged: v.nullable(
    v.object({ run: RunIdSchema, node: NodeIdSchema, lastIndex: indexSchema, committedIndex: indexSchema }),
  ),
  /** As the protocol's `parseOptions` answered at the host. */
  options: v.unknown(),
  running: v.boolean(),
  pace: PaceSchema,
  paused: v.boolean(),
  /** What the lab runs on to, and then pauses; `serial` tells one such wish from the next. Null where it just runs. */
  until: v.optional(v.nullable(v.object({ milestone: v.picklist(milestones), serial: CounterSchema })), null),
  faults: v.pipe(v.array(FaultEntrySchema), v.maxLength(faultsMax)),
});

/** What the host lets everybody else do: nothing, crash and restart their own node, or all that a lesson takes. */
export const studentRights = ['nothing', 'own-node', 'everything'] as const;
export type StudentRights = (typeof studentRights)[number];

/** Names that host and co-hosts have given to tabs. */
export const namesMax = 64;
/** Tabs that may not come back. */
export const removedMax = 128;
/** Keys whose changes are counted: the host's, its co-hosts', and those of some who were co-hosts. */
export const signersMax = 16;

/** What the whole room agrees on, told by its host and co-hosts: one versioned value, on every tab's disk. */
export const RoomDocumentSchema = v.object({
  code: RoomCodeSchema,
  host: NodeIdSchema,
  version: v.pipe(CounterSchema, v.minValue(1)),
  /** When its signer made this version; tells two versions of one number apart after the signer lost its newest. */
  changedAtMs: CounterSchema,
  /** How many changes of each signer this version holds: what tells a signer that its own got lost. */
  changes: v.pipe(v.array(v.object({ by: NodeIdSchema, count: CounterSchema })), v.maxLength(signersMax)),
  students: v.picklist(studentRights),
  names: v.pipe(v.array(v.object({ node: NodeIdSchema, name: NameSchema })), v.maxLength(namesMax)),
  removed: v.pipe(v.array(NodeIdSchema), v.maxLength(removedMax)),
  /** For good: the host's last word. */
  ended: v.boolean(),
  /** The pace of runs to come. */
  pace: PaceSchema,
  runs: v.pipe(v.array(RunEntrySchema), v.maxLength(runsMax)),
  /** False: all tabs do without the signaling server. Documents of older pages do not say. */
  introductions: v.optional(v.boolean(), true),
});

export type RoomDocument = v.InferOutput<typeof RoomDocumentSchema>;
export type RunEntry = v.InferOutput<typeof RunEntrySchema>;

/** A room that has just been opened by `host`. */
export function createDocument(code: string, host: NodeId, changedAtMs: number): RoomDocument {
  return {
    code,
    host,
    version: 1,
    changedAtMs,
    changes: [{ by: host, count: 1 }],
    students: 'own-node',
    names: [],
    removed: [],
    ended: false,
    pace: 1,
    runs: [],
    introductions: true,
  };
}

/** How many changes of `signer` a version holds. */
export function changesBy(document: RoomDocument, signer: NodeId): number {
  return document.changes.find(({ by }) => by === signer)?.count ?? 0;
}

/** The runs that are on: one of the whole room, or groups in the order of their numbers. */
export function runsOn(document: RoomDocument | null): RunEntry[] {
  const running = document?.runs.filter((run) => run.running) ?? [];
  return running.sort((a, b) => (a.group ?? 0) - (b.group ?? 0));
}

/** The run with this id, while it is on. */
export function runOn(document: RoomDocument | null, id: RunId | null): RunEntry | null {
  return document?.runs.find((run) => run.running && run.id === id) ?? null;
}

/**
 * The run that `node` takes part in: its group, or the newest of the whole room, in which everybody takes part, with a vote or
 * without. Null for a node that is in no group, which watches.
 */
export function runOf(document: RoomDocument | null, node: NodeId): RunEntry | null {
  return document?.runs.findLast((run) => run.running && takesPart(run, node)) ?? null;
}

/** Whether `node` takes part in this run. */
export function takesPart({ group, servers }: RunEntry, node: NodeId): boolean {
  return group === null || servers.includes(node);
}

/** The run that a tab looks at: the one that it has picked while that is on, else its own, else the first. */
export function runInView(
  document: RoomDocument | null,
  node: NodeId,
  picked: RunId | null,
): RunEntry | null {
  return runOn(document, picked) ?? runOf(document, node) ?? runsOn(document)[0] ?? null;
}

/** Replaces one run, and forgets the oldest stopped ones beyond what is remembered. */
export function withRun(runs: readonly RunEntry[], entry: RunEntry): RunEntry[] {
  const replaced = runs.some((run) => run.id === entry.id)
    ? runs.map((run) => (run.id === entry.id ? entry : run))
    : [...runs, entry];
  while (replaced.length > runsMax) {
    const oldest = replaced.findIndex((run) => !run.running);
    replaced.splice(oldest === -1 ? 0 : oldest, 1);
  }
  return replaced;
}

/** Changes the run `id` by `change`. */
export function changeRun(
  runs: readonly RunEntry[],
  id: RunId,
  change: Partial<Pick<RunEntry, 'running' | 'pace' | 'paused' | 'until' | 'faults' | 'servers'>>,
): RunEntry[] {
  return runs.map((run) => (run.id === id ? { ...run, ...change } : run));
}
