import { assert, type NodeId, type SnapshotRef } from '../../core/index.js';
import { checkpointFault } from './certificates.js';
import { noteStable, ownCheckpoint, tally } from './checkpoints.js';
import { stateDigest } from './digests.js';
import { rollBack } from './execution.js';
import type { StateMessage } from './messages.js';
import { broadcast, note, type Step } from './step.js';
import { endFetch, startFetch } from './transfer.js';

/** 4.6.2: the state has come, from anybody: the statements of f + 1 prove it, down to the snapshot's bytes. */
export function onState(
  step: Step,
  from: NodeId,
  { checkpoint, meta }: StateMessage,
  snapshot: SnapshotRef,
  snapshotDigest: string,
): void {
  const { state } = step;
  const isBusy = state.installing !== null || state.taking !== null || state.executing.length > 0;
  const { sequence } = checkpoint;
  const isWanted = sequence > state.executed && sequence >= state.stable.sequence;
  const why =
    checkpointFault(state.group, checkpoint, state.options.checkpointInterval, state.group.faults + 1) ??
    (meta.sequence === sequence && stateDigest(snapshotDigest, meta) === checkpoint.digest
      ? null
      : 'it is not the state that the statements are about');
  if (isBusy || !isWanted || why !== null) {
    step.effects.push({ type: 'discardSnapshot', snapshot });
    if (why !== null) note(step, 'state-refused', { from, sequence, why });
    return;
  }
  rollBack(step);
  state.installing = { checkpoint, meta };
  step.effects.push({ type: 'installSnapshot', snapshot, index: meta.index, meta, ops: [] });
}

/** The store stands at the checkpoint, and so does the disk. Which requests it holds nobody can tell: who waits asks again. */
export function onSnapshotInstalled(step: Step): void {
  const { state } = step;
  const { installing } = state;
  assert(installing !== null, 'a snapshot that was installed had been asked for');
  const { checkpoint, meta } = installing;
  state.installing = null;
  state.executed = meta.sequence;
  state.handed = meta.sequence;
  state.handedIndex = meta.index;
  state.appliedIndex = meta.index;
  state.reigns.splice(0);
  state.sessions = meta.sessions.map((owner) => ({ ...owner }));
  state.waiting.splice(0);
  state.snapshot = { meta, digest: checkpoint.digest };
  const { sequence, digest, proof } = checkpoint;
  const statement = ownCheckpoint(state, { sequence, digest });
  if (statement !== null) broadcast(step, { type: 'checkpoint', checkpoints: [statement] });
  if (proof.length >= state.group.quorum) noteStable(step, checkpoint);
  tally(step, sequence);
  if (state.executed >= state.stable.sequence) endFetch(step);
  else startFetch(step);
}

/** Damaged on its way, or no snapshot at all: nothing has changed, and the next one is asked. */
export function onSnapshotRejected(step: Step): void {
  assert(step.state.installing !== null, 'a snapshot that was rejected had been asked for');
  step.state.installing = null;
}
