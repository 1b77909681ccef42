import * as v from 'valibot';
import { assert, type DiskImage } from '../../core/index.js';
import { ownCheckpoint } from './checkpoints.js';
import { batchDigest, stateDigest } from './digests.js';
import { knownBatch } from './new-view.js';
import {
  batchSchema,
  certificateSchema,
  newViewSchema,
  prePrepareSchema,
  stableSchema,
  stateMetaSchema,
  viewChangeSchema,
} from './schemas.js';
import { isInWindow, slotAt, slotsOf } from './slots.js';
import type { PbftState, Slot } from './state.js';
import { newViewKey, type SlotKey, slotKey, stableKey, statementOf, viewKey } from './step.js';

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const viewSchema = v.strictObject({ view: whole, isActive: v.boolean() });
const begunSchema = v.nullable(
  v.strictObject({ newView: newViewSchema, viewChanges: v.array(viewChangeSchema) }),
);
const acceptedSchema = v.strictObject({ prePrepare: prePrepareSchema, batch: batchSchema });
const keptBatchSchema = v.strictObject({ sequence: whole, batch: batchSchema });

/**
 * A restarted replica is in the view that its disk says, waits for it if it had left the one before, and has accepted and
 * prepared what it had. What was committed is volatile: it starts at the snapshot, where the store starts too, and the
 * others tell it again. Throws when the disk holds what PBFT never wrote.
 */
export function recover(state: PbftState, disk: DiskImage): void {
  const { values } = disk;
  const held = values[viewKey];
  if (held !== undefined) Object.assign(state, v.parse(viewSchema, held));
  if (values[stableKey] !== undefined) state.stable = v.parse(stableSchema, values[stableKey]);
  if (values[newViewKey] !== undefined) state.begun = v.parse(begunSchema, values[newViewKey]);
  recoverSnapshot(state, disk);
  const { low, high } = { low: state.stable.sequence, high: state.stable.sequence + state.options.window };
  for (let sequence = low + 1; sequence <= high; sequence++) recoverSlot(state, values, sequence);
  const prepared = slotsOf(state).filter((slot) => slot.prepared !== null);
  state.readsFrom = prepared.at(-1)?.sequence ?? low;
  if (state.isActive) recoverView(state);
  const taken = slotsOf(state).filter(({ accepted }) => accepted?.body.view === state.view);
  state.nextSequence = (taken.at(-1)?.sequence ?? low) + 1;
}

function recoverSnapshot(state: PbftState, { snapshot }: DiskImage): void {
  if (snapshot === null) return;
  const meta = v.parse(stateMetaSchema, snapshot.meta);
  assert(snapshot.digest !== undefined, 'the host tells what a snapshot on disk holds');
  const digest = stateDigest(snapshot.digest, meta);
  state.snapshot = { meta, digest };
  state.handed = meta.sequence;
  state.executed = meta.sequence;
  state.handedIndex = meta.index;
  state.appliedIndex = meta.index;
  state.sessions = meta.sessions.map((owner) => ({ ...owner }));
  ownCheckpoint(state, { sequence: meta.sequence, digest });
}

function recoverSlot(state: PbftState, values: DiskImage['values'], sequence: number): void {
  const read = (what: SlotKey): unknown => values[slotKey(state, what, sequence)];
  const accepted = read('accepted') === undefined ? null : v.parse(acceptedSchema, read('accepted'));
  if (accepted !== null && accepted.prePrepare.body.sequence === sequence) {
    recoverAccepted(state, slotAt(state, sequence), accepted);
  }
  const certificate = read('prepared') === undefined ? null : v.parse(certificateSchema, read('prepared'));
  if (certificate?.prePrepare.body.sequence !== sequence) return;
  const slot = slotAt(state, sequence);
  const { view, digest } = certificate.prePrepare.body;
  slot.prepared = certificate;
  slot.isPreparedDurable = true;
  slot.commits[state.self] = { view, digest };
  const kept = read('batch') === undefined ? null : v.parse(keptBatchSchema, read('batch'));
  const keptDigest = kept?.sequence === sequence ? batchDigest(kept.batch) : null;
  slot.preparedBatch =
    knownBatch(slot, digest) ?? (keptDigest === digest && kept !== null ? kept.batch : null);
  assert(slot.preparedBatch !== null, 'a certificate on disk has its batch beside it');
}

function recoverAccepted(
  state: PbftState,
  slot: Slot,
  { prePrepare, batch }: v.InferOutput<typeof acceptedSchema>,
): void {
  slot.accepted = prePrepare;
  slot.batch = batch;
  slot.isAcceptedDurable = true;
  if (prePrepare.signer === state.self) return;
  slot.ownPrepare = statementOf(state, 'prepare', prePrepare.body);
  slot.prepares[state.self] = slot.ownPrepare;
}

/** What the NEW-VIEW demanded and was not written, since its batch was missing, is accepted without it again. */
function recoverView(state: PbftState): void {
  for (const prePrepare of state.begun?.newView.body.prePrepares ?? []) {
    const { sequence, view, digest } = prePrepare.body;
    if (!isInWindow(state, sequence)) continue;
    const slot = slotAt(state, sequence);
    if (slot.accepted?.body.view === view) continue;
    assert(knownBatch(slot, digest) === null, 'only what lacked its batch was not written');
    slot.accepted = prePrepare;
    slot.batch = null;
    slot.isAcceptedDurable = false;
    slot.ownPrepare = null;
  }
}
