import { assert, type DiskOp, type Index, type NodeId, type SnapshotRef } from '../../core/index.js';
import { inForceAt, startFrom } from './configuration-history.js';
import { hearLeader } from './follower.js';
import * as logs from './log.js';
import type { InstallSnapshot } from './messages.js';
import type { Progress, RaftState, SnapshotMeta } from './state.js';
import { handCommitted, note, promise, type Step } from './step.js';

/** Section 7: each server takes snapshots by itself, of what it has applied, once enough has been added. */
export function takeSnapshotIfDue(step: Step): void {
  const { state } = step;
  const { log, options, appliedIndex: index } = state;
  const isBusy = state.taking !== null || state.installing !== null;
  // The store must stand exactly at the index: nothing given to it may still be on its way.
  if (isBusy || state.handedIndex !== index) return;
  if (index - (state.snapshot?.index ?? 0) < options.snapshotEveryEntries) return;
  const compactedIndex = Math.max(log.offset, index - options.snapshotTrailingEntries);
  const meta = metaAt(state, index, compactedIndex);
  const ops: readonly DiskOp[] =
    compactedIndex > log.offset ? [{ kind: 'compactTo', index: compactedIndex }] : [];
  state.taking = { index, meta };
  step.effects.push({ type: 'takeSnapshot', index, meta, ops });
}

function metaAt(state: RaftState, index: Index, compactedIndex: Index): SnapshotMeta {
  const lastIncludedTerm = logs.termAt(state.log, index);
  const compactedTerm = logs.termAt(state.log, compactedIndex);
  assert(lastIncludedTerm !== null && compactedTerm !== null, 'the log reaches back to what is compacted');
  const configuration = inForceAt(state, index);
  return { lastIncludedTerm, configuration, compactedIndex, compactedTerm };
}

/** The snapshot is durable, and only now the log before it may go: until then it could not be sent to anybody. */
export function onSnapshotTaken(step: Step): void {
  const { state } = step;
  const { taking } = state;
  assert(taking !== null, 'a snapshot that was taken had been asked for');
  state.taking = null;
  state.snapshot = taking;
  logs.compactTo(state.log, taking.meta.compactedIndex);
}

/** The follower needs entries that the log no longer has. One transfer a follower: the host is asked once. */
export function sendSnapshot(step: Step, node: NodeId, progress: Progress): void {
  const { state } = step;
  const { snapshot } = state;
  assert(snapshot !== null, 'a log is compacted only behind a snapshot');
  progress.mode = 'snapshot';
  progress.probing = false;
  progress.installBy = null;
  progress.inflight.length = 0;
  progress.inflightBytes = 0;
  if (state.transfers.includes(node)) return;
  state.transfers.push(node);
  const { lastIncludedTerm, configuration } = snapshot.meta;
  const message: InstallSnapshot = {
    type: 'installSnapshot',
    term: state.currentTerm,
    lastIncludedIndex: snapshot.index,
    lastIncludedTerm,
    configuration,
  };
  step.effects.push({ type: 'sendSnapshot', to: node, message });
  note(step, 'snapshot-sent', { to: node, index: snapshot.index, nextIndex: progress.nextIndex });
}

/** InstallSnapshot, receiver's side (Figure 13). The host has all of it. */
export function onInstallSnapshot(
  step: Step,
  from: NodeId,
  message: InstallSnapshot,
  snapshot: SnapshotRef,
): void {
  const { state } = step;
  const isLed = hearLeader(step, from);
  const index = message.lastIncludedIndex;
  if (!isLed || state.installing !== null || state.taking !== null || index <= state.commitIndex) {
    step.effects.push({ type: 'discardSnapshot', snapshot });
    if (isLed && index <= state.commitIndex) refuseStale(step, from, index);
    return;
  }
  const { log } = state;
  const { lastIncludedTerm, configuration } = message;
  const keepSuffix = logs.termAt(log, index) === lastIncludedTerm;
  const meta = {
    lastIncludedTerm,
    configuration,
    compactedIndex: index,
    compactedTerm: lastIncludedTerm,
  };
  const ops: DiskOp[] = [];
  if (keepSuffix) ops.push({ kind: 'compactTo', index });
  else if (log.entries.length > 0) ops.push({ kind: 'truncateFrom', index: log.offset + 1 });
  state.installing = { from, term: state.currentTerm, index, meta, keepSuffix };
  step.effects.push({ type: 'installSnapshot', snapshot, index, meta, ops });
}

/** What it covers is committed here already: the leader may go on with entries. */
function refuseStale(step: Step, from: NodeId, index: Index): void {
  const { commitIndex, currentTerm: term, durability } = step.state;
  note(step, 'snapshot-stale', { from, index, commitIndex });
  const matchIndex = Math.min(commitIndex, durability.durableIndex);
  promise(step, from, { type: 'installSnapshotResponse', term, matchIndex });
}

/** The store stands at the snapshot, and so does the disk. */
export function onSnapshotInstalled(step: Step): void {
  const { state } = step;
  const { installing, log, durability } = state;
  assert(installing !== null, 'a snapshot that was installed had been asked for');
  const { index, meta, from, term, keepSuffix } = installing;
  state.installing = null;
  if (keepSuffix) logs.compactTo(log, index);
  else {
    logs.resetTo(log, index, meta.lastIncludedTerm);
    durability.unstable.length = 0;
    durability.durableIndex = index;
  }
  durability.durableIndex = Math.max(durability.durableIndex, index);
  state.snapshot = { index, meta };
  startFrom(state, meta.configuration, index, keepSuffix);
  state.commitIndex = Math.max(state.commitIndex, index);
  state.handedIndex = index;
  state.appliedIndex = index;
  handCommitted(step);
  if (term !== state.currentTerm) return;
  promise(step, from, { type: 'installSnapshotResponse', term, matchIndex: index });
}

/** It was damaged or not what its message said: nothing has changed, and the leader will try again. */
export function onSnapshotRejected(step: Step): void {
  const { installing } = step.state;
  assert(installing !== null, 'a snapshot that was rejected had been asked for');
  step.state.installing = null;
}
