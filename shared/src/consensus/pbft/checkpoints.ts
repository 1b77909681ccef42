import { assert } from '../../core/index.js';
import { provenAmong } from './certificates.js';
import { stateDigest } from './digests.js';
import type { CheckpointBody, CheckpointMessage, SignedCheckpoint, StableCheckpoint } from './messages.js';
import type { PbftState } from './state.js';
import { broadcast, isReplica, note, record, type Step, stableKey, statementOf } from './step.js';
import { serveFetchers, startFetch } from './transfer.js';

/** So many ticks of the status timer a replica waits to come to a checkpoint that others have before it asks for the state. */
const aheadTicksMax = 3;

/** 4.3: the snapshot is durable, so the replica can vouch for it. */
export function onSnapshotTaken(step: Step, snapshotDigest: string): void {
  const { state } = step;
  const { taking: meta } = state;
  assert(meta !== null, 'a snapshot that was taken had been asked for');
  state.taking = null;
  const digest = stateDigest(snapshotDigest, meta);
  state.snapshot = { meta, digest };
  const statement = ownCheckpoint(state, { sequence: meta.sequence, digest });
  if (statement === null) return;
  broadcast(step, { type: 'checkpoint', checkpoints: [statement] });
  tally(step, meta.sequence);
}

/** Keeps the own statement among the others'; null where it tells nothing new. */
export function ownCheckpoint(state: PbftState, body: CheckpointBody): SignedCheckpoint | null {
  if (body.sequence <= state.stable.sequence) return null;
  const statement = statementOf(state, 'checkpoint', body);
  keep(state, statement);
  return statement;
}

/** 4.3: one statement, or a quorum of them that somebody passes on. */
export function onCheckpoint(step: Step, { checkpoints }: CheckpointMessage): void {
  const { state } = step;
  const sequences = new Set<number>();
  for (const statement of checkpoints) {
    const { signer, body } = statement;
    const isDue = body.sequence % state.options.checkpointInterval === 0;
    if (!isReplica(state, signer) || signer === state.self || !isDue) continue;
    if (body.sequence > state.stable.sequence && keep(state, statement)) sequences.add(body.sequence);
  }
  for (const sequence of sequences) tally(step, sequence);
}

/** Of each replica the newest few: as many as there are between the watermarks. Answers false for one that is known. */
function keep({ checkpoints, options }: PbftState, statement: SignedCheckpoint): boolean {
  const { signer, body } = statement;
  const own = checkpoints[signer] ?? [];
  checkpoints[signer] = own;
  const at = own.findIndex((other) => other.body.sequence >= body.sequence);
  if (at >= 0 && own[at]?.body.sequence === body.sequence) return false;
  own.splice(at < 0 ? own.length : at, 0, statement);
  if (own.length > options.window / options.checkpointInterval) own.shift();
  return own.includes(statement);
}

/** Counts who states the same; it may be stable, and it may be enough to prove the state to who asks for it. */
export function tally(step: Step, sequence: number): void {
  const { state } = step;
  const stable = provenAmong(state.group.quorum, Object.values(state.checkpoints).flat(), sequence);
  if (stable !== null) noteStable(step, stable);
  serveFetchers(step);
}

/** A quorum vouches for this checkpoint, as its proof shows. It is stable here once this replica has come to it, too. */
export function noteStable(step: Step, stable: StableCheckpoint): void {
  const { state } = step;
  if (stable.sequence <= state.stable.sequence) return;
  const own = state.checkpoints[state.self]?.find(({ body }) => body.sequence === stable.sequence);
  // Its own state went through there, though what it said of it has been forgotten.
  if (own === undefined && (state.snapshot?.meta.sequence ?? 0) > stable.sequence)
    return makeStable(step, stable);
  if (own === undefined) {
    if (stable.sequence > (state.ahead?.sequence ?? 0)) state.ahead = stable;
    return;
  }
  if (own.body.digest === stable.digest) return makeStable(step, stable);
  // Only more liars than the group bears, or a fault of this node's own, can bring this about.
  note(step, 'state-diverged', { sequence: stable.sequence });
}

/** 4.3: the low watermark rises, and all that lies below is forgotten. Without the state there it has to be fetched. */
export function makeStable(step: Step, stable: StableCheckpoint): void {
  const { state } = step;
  state.stable = stable;
  record(step, stableKey, stable);
  for (const sequence of Object.keys(state.slots)) {
    if (Number(sequence) <= stable.sequence) delete state.slots[Number(sequence)];
  }
  for (const replica of Object.keys(state.checkpoints)) {
    state.checkpoints[replica] = (state.checkpoints[replica] ?? []).filter(
      ({ body }) => body.sequence > stable.sequence,
    );
  }
  if ((state.ahead?.sequence ?? 0) <= stable.sequence) state.ahead = null;
  state.nextSequence = Math.max(state.nextSequence, stable.sequence + 1);
  note(step, 'checkpoint-stable', { sequence: stable.sequence });
  if (state.handed < stable.sequence) startFetch(step);
}

/** Others are ahead, and what would bring this replica there by itself may have been forgotten there. */
export function onAheadTick(step: Step): void {
  const { state } = step;
  const { ahead } = state;
  if (ahead === null || state.executed >= ahead.sequence || state.fetch !== null) {
    state.aheadTicks = 0;
    return;
  }
  state.aheadTicks += 1;
  if (state.aheadTicks < aheadTicksMax || state.installing !== null) return;
  state.aheadTicks = 0;
  makeStable(step, ahead);
}
