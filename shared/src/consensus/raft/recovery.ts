import * as v from 'valibot';
import { assert, type DiskImage, type Index, type NodeId, type Reign } from '../../core/index.js';
import { enterConfiguration, startFrom } from './configuration-history.js';
import * as logs from './log.js';
import { configurationAtSchema, logEntrySchema } from './messages.js';
import type { RaftState, SnapshotMeta } from './state.js';
import { hardStateKey } from './step.js';

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const hardStateSchema = v.strictObject({ currentTerm: whole, votedFor: v.nullable(v.string()) });
const snapshotMetaSchema = v.strictObject({
  lastIncludedTerm: whole,
  configuration: configurationAtSchema,
  compactedIndex: whole,
  compactedTerm: whole,
});

/** Figure 2's persistent state, and the snapshot. */
export type Persistent = {
  readonly hardState: { readonly currentTerm: Reign; readonly votedFor: NodeId | null };
  readonly snapshot: { readonly index: Index; readonly meta: SnapshotMeta } | null;
  readonly log: logs.Log;
};

/** Reads what a server's disk holds. Throws when that is what Raft never wrote. */
export function readDisk(disk: DiskImage): Persistent {
  const value = disk.values[hardStateKey];
  const hardState =
    value === undefined ? { currentTerm: 0, votedFor: null } : v.parse(hardStateSchema, value);
  const snapshot =
    disk.snapshot === null
      ? null
      : { index: disk.snapshot.index, meta: v.parse(snapshotMetaSchema, disk.snapshot.meta) };
  const log = logs.createLog(snapshot?.meta.compactedIndex, snapshot?.meta.compactedTerm);
  for (const { index, value } of disk.log) {
    if (index <= log.offset) continue;
    assert(index === logs.lastIndex(log) + 1, 'a log on disk has no gap');
    logs.append(log, v.parse(logEntrySchema, value));
  }
  assert((snapshot?.index ?? 0) <= logs.lastIndex(log), 'a log on disk reaches its snapshot');
  return { hardState, snapshot, log };
}

/**
 * Section 5.1, Figure 2: a restarted server is a follower with the term, vote and log of its disk. What was committed is
 * volatile: it starts at the snapshot, where the store starts too. Throws when the disk holds what Raft never wrote.
 */
export function recover(state: RaftState, disk: DiskImage): void {
  const { hardState, snapshot, log } = readDisk(disk);
  state.currentTerm = hardState.currentTerm;
  state.votedFor = hardState.votedFor;
  if (snapshot !== null) {
    const { index, meta } = snapshot;
    state.snapshot = snapshot;
    startFrom(state, meta.configuration, index, false);
    state.commitIndex = index;
    state.handedIndex = index;
    state.appliedIndex = index;
  }
  state.log = log;
  state.durability.durableIndex = logs.lastIndex(log);
  // Configurations up to the snapshot's index are in the one that it carries.
  for (let index = state.commitIndex + 1; index <= logs.lastIndex(log); index++) {
    const entry = logs.entryAt(log, index);
    if (entry.kind === 'configuration') enterConfiguration(state, entry.term, index, entry.configuration);
  }
}
