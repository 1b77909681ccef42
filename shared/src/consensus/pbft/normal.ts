import type { NodeId } from '../../core/index.js';
import { primaryOf } from './certificates.js';
import { batchDigest } from './digests.js';
import type {
  Batch,
  BatchMessage,
  CommitMessage,
  PrePrepareMessage,
  PreparedCertificate,
  ProposalBody,
  SignedPrePrepare,
  SignedPrepare,
} from './messages.js';
import { isAccepted, isInWindow, isPrepared, matchingPrepares, slotAt, slotsOf } from './slots.js';
import type { DurableMark, Slot } from './state.js';
import { broadcast, isPrimary, isReplica, note, record, type Step, slotKey, statementOf } from './step.js';

/** 4.2: a primary gives sequence numbers to what waits, as far as the high watermark and its pipeline let it. */
export function propose(step: Step): void {
  const { state } = step;
  const { options, stable } = state;
  while (isPrimary(state) && state.isActive && isInWindow(state, state.nextSequence)) {
    const begun = state.nextSequence - 1 - Math.max(state.executed, stable.sequence);
    if (begun >= options.pipelineMax) return;
    const batch = nextBatch(step);
    if (batch.length === 0) return;
    const sequence = state.nextSequence;
    state.nextSequence += 1;
    const body: ProposalBody = { view: state.view, sequence, digest: batchDigest(batch) };
    const prePrepare = statementOf(state, 'pre-prepare', body);
    const slot = slotAt(state, sequence);
    accept(step, slot, prePrepare, batch);
    // Durable before it is sent: a primary that restarts in its view must not say anything else.
    broadcast(step, { type: 'prePrepare', prePrepare, batch }, state.durability.lastWrite);
  }
}

function nextBatch(step: Step): Batch {
  const { waiting, options } = step.state;
  const batch: Batch[number][] = [];
  let bytes = 0;
  for (const each of waiting) {
    if (each.isProposed) continue;
    bytes += each.bytes;
    if (batch.length > 0 && bytes > options.bytesPerBatchMax) break;
    each.isProposed = true;
    batch.push(each.request);
    if (batch.length >= options.requestsPerBatchMax) break;
  }
  return batch;
}

/** 4.2, the conditions under which a backup accepts a pre-prepare. It may have been passed on: the primary signed it. */
export function onPrePrepare(step: Step, { prePrepare, batch }: PrePrepareMessage): void {
  const { state } = step;
  const { view, sequence, digest } = prePrepare.body;
  const isOfPrimary = prePrepare.signer === primaryOf(state.group, view);
  if (!state.isActive || view !== state.view || !isOfPrimary || isPrimary(state)) return;
  if (!isInWindow(state, sequence)) return;
  const known = state.slots[sequence];
  if (known !== undefined && isAccepted(state, known)) {
    if (known.accepted?.body.digest !== digest) {
      note(step, 'conflicting-pre-prepare', { view, sequence, from: prePrepare.signer });
    } else if (known.batch === null && batchDigest(batch) === digest) fill(step, known, batch);
    return;
  }
  if (batchDigest(batch) !== digest)
    return note(step, 'wrong-digest', { view, sequence, from: prePrepare.signer });
  accept(step, slotAt(state, sequence), prePrepare, batch);
}

/** Takes a pre-prepare of the view in force; without its batch it waits, and no word is given for it. */
export function accept(step: Step, slot: Slot, prePrepare: SignedPrePrepare, batch: Batch | null): void {
  const { state } = step;
  keepPreparedBatch(step, slot, prePrepare);
  slot.accepted = prePrepare;
  slot.batch = null;
  slot.ownPrepare = null;
  slot.isAcceptedDurable = false;
  if (batch !== null) fill(step, slot, batch);
  else note(step, 'batch-missing', { view: state.view, sequence: slot.sequence });
}

/** The disk has one batch with what was accepted: before another takes its place, what prepared is kept beside it. */
function keepPreparedBatch(step: Step, slot: Slot, next: SignedPrePrepare): void {
  const { accepted, prepared, preparedBatch } = slot;
  const digest = prepared?.prePrepare.body.digest;
  if (preparedBatch === null || digest === next.body.digest || digest !== accepted?.body.digest) return;
  record(step, slotKey(step.state, 'batch', slot.sequence), {
    sequence: slot.sequence,
    batch: preparedBatch,
  });
}

/** Promises what was accepted: a backup says PREPARE once a restart can't make it say anything else in this view. */
function fill(step: Step, slot: Slot, batch: Batch): void {
  const { state } = step;
  const { accepted } = slot;
  if (accepted === null) return;
  slot.batch = batch;
  const write = record(step, slotKey(state, 'accepted', slot.sequence), { prePrepare: accepted, batch });
  mark(step, { write, sequence: slot.sequence, view: accepted.body.view, what: 'accepted' });
  if (accepted.signer === state.self) return;
  slot.ownPrepare = statementOf(state, 'prepare', accepted.body);
  broadcast(step, { type: 'prepare', prepare: slot.ownPrepare }, write);
}

/** A batch that was known by its digest alone. */
export function onBatch(step: Step, { batch }: BatchMessage): void {
  const digest = batchDigest(batch);
  for (const slot of slotsOf(step.state)) {
    if (slot.batch !== null || !isAccepted(step.state, slot)) continue;
    if (slot.accepted?.body.digest === digest) fill(step, slot, batch);
  }
}

/** 4.2: prepares of backups, of this view or of a later one that this replica has yet to enter. */
export function onPrepare(step: Step, prepare: SignedPrepare): void {
  const { state } = step;
  const { signer, body } = prepare;
  const isOfBackup = isReplica(state, signer) && signer !== primaryOf(state.group, body.view);
  if (!isOfBackup || signer === state.self || body.view < state.view || !isInWindow(state, body.sequence))
    return;
  const slot = slotAt(state, body.sequence);
  const before = slot.prepares[signer];
  if (before !== undefined && isSame(before.body, body)) return;
  if (before !== undefined && before.body.view > body.view) return;
  slot.prepares[signer] = prepare;
  prepareIfAgreed(step, slot);
}

export function onCommit(step: Step, from: NodeId, { view, sequence, digest }: CommitMessage): void {
  const { state } = step;
  if (!isReplica(state, from) || from === state.self) return;
  if (view < state.view || !isInWindow(state, sequence)) return;
  const { commits } = slotAt(state, sequence);
  if ((commits[from]?.view ?? -1) > view) return;
  commits[from] = { view, digest };
}

/** 4.2: prepared. The certificate is durable before COMMIT says so: view changes must find what may have committed. */
export function prepareIfAgreed(step: Step, slot: Slot): void {
  const { state } = step;
  const { accepted, batch, isAcceptedDurable } = slot;
  if (!isAccepted(state, slot) || isPrepared(state, slot)) return;
  if (accepted === null || batch === null || !isAcceptedDurable) return;
  const prepares = matchingPrepares(state, slot).slice(0, state.group.quorum - 1);
  if (prepares.length < state.group.quorum - 1) return;
  const certificate: PreparedCertificate = { prePrepare: accepted, prepares };
  slot.prepared = certificate;
  slot.preparedBatch = batch;
  slot.isPreparedDurable = false;
  const { view, sequence, digest } = accepted.body;
  const write = record(step, slotKey(state, 'prepared', sequence), certificate);
  mark(step, { write, sequence, view, what: 'prepared' });
  broadcast(step, { type: 'commit', view, sequence, digest }, write);
}

/** A write is durable, and with it all before it: the own word counts now. */
export function onPersisted(step: Step, write: number): void {
  const { state } = step;
  const { durability } = state;
  durability.durableWrite = write;
  let done = 0;
  for (const each of durability.marks) {
    if (each.write > write) break;
    done += 1;
    const slot = state.slots[each.sequence];
    if (slot !== undefined) countOwnWord(step, slot, each);
  }
  durability.marks.splice(0, done);
}

function countOwnWord(step: Step, slot: Slot, { view, what }: DurableMark): void {
  const { self } = step.state;
  if (what === 'accepted' && slot.accepted?.body.view === view && slot.batch !== null) {
    slot.isAcceptedDurable = true;
    if (slot.ownPrepare !== null) slot.prepares[self] = slot.ownPrepare;
    prepareIfAgreed(step, slot);
  } else if (what === 'prepared' && slot.prepared?.prePrepare.body.view === view) {
    slot.isPreparedDurable = true;
    slot.commits[self] = { view, digest: slot.prepared.prePrepare.body.digest };
  }
}

function mark(step: Step, made: DurableMark): void {
  step.state.durability.marks.push(made);
}

function isSame(a: ProposalBody, b: ProposalBody): boolean {
  return a.view === b.view && a.sequence === b.sequence && a.digest === b.digest;
}
