import * as v from 'valibot';
import { assert, type DiskImage } from '../../core/index.js';
import { enterConfiguration, startFrom } from './configuration-history.js';
import * as logs from './log.js';
import { configurationAtSchema, logEntrySchema } from './messages.js';
import type { RaftState } from './state.js';
import { hardStateKey } from './step.js';

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const hardStateSchema = v.strictObject({ currentTerm: whole, votedFor: v.nullable(v.string()) });
const snapshotMetaSchema = v.strictObject({
  lastIncludedTerm: whole,
  configuration: configurationAtSchema,
  compactedIndex: whole,
  compactedTerm: whole,
});

/**
 * Section 5.1, Figure 2: a restarted server is a follower with the term, vote and log of its disk. What was committed is
 * volatile: it starts at the snapshot, where the store starts too. Throws when the disk holds what Raft never wrote.
 */
export function recover(state: RaftState, disk: DiskImage): void {
  const hardState = disk.values[hardStateKey];
  if (hardState !== undefined) {
    const { currentTerm, votedFor } = v.parse(hardStateSchema, hardState);
    state.currentTerm = currentTerm;
    state.votedFor = votedFor;
  }
  if (disk.snapshot !== null) {
    const { index } = disk.snapshot;
    const meta = v.parse(snapshotMetaSchema, disk.snapshot.meta);
    state.snapshot = { index, meta };
    startFrom(state, meta.configuration, index, false);
    state.commitIndex = index;
    state.handedIndex = index;
    state.appliedIndex = index;
    logs.resetTo(state.log, meta.compactedIndex, meta.compactedTerm);
  }
  for (const { index, value } of disk.log) {
    if (index <= state.log.offset) continue;
    assert(index === logs.lastIndex(state.log) + 1, 'a log on disk has no gap');
    const entry = v.parse(logEntrySchema, value);
    logs.append(state.log, entry);
    // Those up to the snapshot's index are in the one that it carries.
    if (entry.kind === 'configuration' && index > state.commitIndex) {
      enterConfiguration(state, entry.term, index, entry.configuration);
    }
  }
  state.durability.durableIndex = logs.lastIndex(state.log);
  assert(state.commitIndex <= logs.lastIndex(state.log), 'a log on disk reaches its snapshot');
}
