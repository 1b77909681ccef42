import type { NodeId } from '../../core/index.js';
import { primaryOf } from './certificates.js';
import type { Batch, Digest, Sequence, SignedPrepare } from './messages.js';
import type { PbftState, Slot } from './state.js';

/** 4.2: h < n <= h + L. What lies outside is not taken, so that nobody can exhaust the space of sequence numbers. */
export function isInWindow({ stable, options }: PbftState, sequence: Sequence): boolean {
  return sequence > stable.sequence && sequence <= stable.sequence + options.window;
}

/** The slot of a sequence number between the watermarks. */
export function slotAt(state: PbftState, sequence: Sequence): Slot {
  const known = state.slots[sequence];
  if (known !== undefined) return known;
  const slot: Slot = {
    sequence,
    accepted: null,
    batch: null,
    ownPrepare: null,
    isAcceptedDurable: false,
    prepares: {},
    commits: {},
    prepared: null,
    preparedBatch: null,
    isPreparedDurable: false,
  };
  state.slots[sequence] = slot;
  return slot;
}

/** Slots in the order of their sequence numbers. */
export function slotsOf(state: PbftState): readonly Slot[] {
  return Object.values(state.slots);
}

/** Whether something was accepted here in the view in force. */
export function isAccepted(state: PbftState, slot: Slot): boolean {
  return slot.accepted?.body.view === state.view && state.isActive;
}

/** Prepares of backups for what was accepted in the view in force, in the order of the replicas. */
export function matchingPrepares(state: PbftState, { accepted, prepares }: Slot): readonly SignedPrepare[] {
  if (accepted === null) return [];
  const { view, digest } = accepted.body;
  const primary = primaryOf(state.group, view);
  return state.group.replicas.flatMap((replica) => {
    const prepare = prepares[replica];
    if (prepare === undefined || replica === primary) return [];
    return prepare.body.view === view && prepare.body.digest === digest ? [prepare] : [];
  });
}

/** 4.2: pre-prepared, and a quorum with the backups that agree. */
export function isPrepared(state: PbftState, slot: Slot): boolean {
  return state.isActive && slot.prepared?.prePrepare.body.view === state.view;
}

/** Who has committed to what prepared here in the view in force. */
export function matchingCommits(state: PbftState, { prepared, commits }: Slot): readonly NodeId[] {
  if (prepared === null) return [];
  const { view, digest } = prepared.prePrepare.body;
  return state.group.replicas.filter((replica) => {
    const commit = commits[replica];
    return commit !== undefined && commit.view === view && commit.digest === digest;
  });
}

/**
 * 4.2, committed-local: prepared, and a quorum has said that it prepared there. Here it must be durable: what was executed
 * before a crash is among what the disk tells after it.
 */
export function isCommitted(state: PbftState, slot: Slot): boolean {
  return (
    isPrepared(state, slot) &&
    slot.isPreparedDurable &&
    matchingCommits(state, slot).length >= state.group.quorum
  );
}

/** 0 nothing, 1 pre-prepared, 2 prepared, 3 committed, in the view in force. */
export function phaseOf(state: PbftState, slot: Slot | undefined): 0 | 1 | 2 | 3 {
  if (slot === undefined || !isAccepted(state, slot) || slot.batch === null) return 0;
  if (!isPrepared(state, slot)) return 1;
  return isCommitted(state, slot) ? 3 : 2;
}

/** The batch of this digest, where this slot has had it. */
export function batchIn({ accepted, batch, prepared, preparedBatch }: Slot, digest: Digest): Batch | null {
  if (batch !== null && accepted?.body.digest === digest) return batch;
  if (preparedBatch !== null && prepared?.prePrepare.body.digest === digest) return preparedBatch;
  return null;
}
