import type { NodeId, Reign } from '../../core/index.js';
import { type Group, primaryOf } from './certificates.js';
import { makeStable } from './checkpoints.js';
import { nullDigest, viewChangeDigest } from './digests.js';
import { rollBack } from './execution.js';
import {
  type Batch,
  type Digest,
  nullBatch,
  type PreparedCertificate,
  type ProposalBody,
  type SignedNewView,
  type SignedViewChange,
  type StableCheckpoint,
} from './messages.js';
import { accept } from './normal.js';
import { renewWaiting } from './requests.js';
import { batchIn, isInWindow, slotAt, slotsOf } from './slots.js';
import { type BegunView, nothingStable, type PbftState, type Slot } from './state.js';
import { broadcast, isPrimary, note, recordView, type Step, statementOf, viewTimer } from './step.js';

/** What a NEW-VIEW must hold (4.4), which nobody is believed about: everybody derives it from V. */
export type Demanded = {
  /** The latest stable checkpoint in V: min-s. */
  readonly stable: StableCheckpoint;
  /** For each sequence number up to max-s: what prepared in the latest view, or the null request. */
  readonly proposals: readonly ProposalBody[];
};

/** 4.4, O: computed from V by the new primary, and again by each backup. */
export function demandedBy(view: Reign, viewChanges: readonly SignedViewChange[]): Demanded {
  let stable = nothingStable;
  const newest = new Map<number, PreparedCertificate>();
  let last = 0;
  for (const { body } of viewChanges) {
    if (body.stable.sequence > stable.sequence) stable = body.stable;
    for (const certificate of body.prepared) {
      const { sequence, view: preparedIn } = certificate.prePrepare.body;
      last = Math.max(last, sequence);
      const known = newest.get(sequence)?.prePrepare.body.view ?? -1;
      if (preparedIn > known) newest.set(sequence, certificate);
    }
  }
  const proposals: ProposalBody[] = [];
  for (let sequence = stable.sequence + 1; sequence <= last; sequence++) {
    const digest = newest.get(sequence)?.prePrepare.body.digest ?? nullDigest;
    proposals.push({ view, sequence, digest });
  }
  return { stable, proposals };
}

/** The primary of the view that this replica waits for begins it once a quorum has come to it. */
export function beginViewIfAgreed(step: Step): void {
  const { state } = step;
  const { view, group, self } = state;
  if (state.isActive || !isPrimary(state)) return;
  const others = group.replicas.filter((replica) => replica !== self);
  const all = [self, ...others].flatMap((replica) => viewChangeFor(state, replica, view) ?? []);
  if (all.length < group.quorum || all[0]?.signer !== self) return;
  const viewChanges = all.slice(0, group.quorum);
  const newView = statementOf(state, 'new-view', {
    view,
    viewChanges: viewChanges.map((each) => [each.signer, viewChangeDigest(each)] as const),
    prePrepares: demandedBy(view, viewChanges).proposals.map((body) =>
      statementOf(state, 'pre-prepare', body),
    ),
  });
  enter(step, { newView, viewChanges });
  // Durable before it is sent: after a restart another V would make another view of the same number.
  const after = state.durability.lastWrite;
  for (const viewChange of viewChanges) broadcast(step, { type: 'viewChange', viewChange }, after);
  broadcast(step, { type: 'newView', newView }, after);
}

/** The view change of a replica for exactly this view. */
function viewChangeFor(state: PbftState, replica: NodeId, view: Reign): SignedViewChange | null {
  const known = state.viewChanges[replica];
  if (known?.latest.body.view === view) return known.latest;
  return known?.earlier?.body.view === view ? known.earlier : null;
}

/** What came of a NEW-VIEW: `refused` is its primary's fault, which its signature proves. */
export type NewViewVerdict = 'entered' | 'ignored' | 'incomplete' | 'refused';

/** 4.4: a backup enters the view once it has found the NEW-VIEW to hold what V demands, all of it and nothing else. */
export function onNewView(step: Step, newView: SignedNewView): NewViewVerdict {
  const { state } = step;
  const { view } = newView.body;
  const isAwaited = view > state.view || (view === state.view && !state.isActive);
  if (!isAwaited || view === 0 || newView.signer !== primaryOf(state.group, view)) return 'ignored';
  if (newView.signer === state.self) return 'ignored';
  const viewChanges = viewChangesNamedBy(state, newView);
  if (viewChanges === null) {
    note(step, 'new-view-incomplete', { view, from: newView.signer });
    return 'incomplete';
  }
  if (!isAsDemanded(state.group, newView, viewChanges)) {
    note(step, 'new-view-refused', { view, from: newView.signer });
    return 'refused';
  }
  enter(step, { newView, viewChanges });
  return 'entered';
}

/** V, as far as it is known here: null while one is missing. */
function viewChangesNamedBy(state: PbftState, { body }: SignedNewView): readonly SignedViewChange[] | null {
  const named: SignedViewChange[] = [];
  for (const [signer, digest] of body.viewChanges) {
    const viewChange = viewChangeFor(state, signer, body.view);
    if (viewChange === null || viewChangeDigest(viewChange) !== digest) return null;
    named.push(viewChange);
  }
  return named;
}

function isAsDemanded(
  group: Group,
  { signer, body }: SignedNewView,
  viewChanges: readonly SignedViewChange[],
): boolean {
  const from = new Set(viewChanges.map((viewChange) => viewChange.signer));
  if (from.size !== viewChanges.length || from.size < group.quorum) return false;
  const { proposals } = demandedBy(body.view, viewChanges);
  if (proposals.length !== body.prePrepares.length) return false;
  return proposals.every((demanded, i) => {
    const given = body.prePrepares[i];
    if (given === undefined || given.signer !== signer) return false;
    const { view, sequence, digest } = given.body;
    return view === demanded.view && sequence === demanded.sequence && digest === demanded.digest;
  });
}

/** The view begins here: its pre-prepares are taken in the place of whatever earlier views had left open. */
function enter(step: Step, begun: BegunView): void {
  const { state } = step;
  const { body } = begun.newView;
  state.view = body.view;
  state.isActive = true;
  rollBack(step);
  state.begun = begun;
  state.timer = 'none';
  state.timed = null;
  step.effects.push({ type: 'cancelTimer', timer: viewTimer });
  recordView(step);
  const { stable } = demandedBy(body.view, begun.viewChanges);
  if (stable.sequence > state.stable.sequence) makeStable(step, stable);
  const proposed = takePrePrepares(step, begun.newView);
  renewWaiting(step, proposed);
  note(step, 'view-entered', { view: state.view, prePrepares: body.prePrepares.length });
}

/** Takes O as far as it lies above the low watermark. Answers with the requests in it, as far as they are known. */
function takePrePrepares(step: Step, { body }: SignedNewView): Batch {
  const { state } = step;
  const requests: Batch[number][] = [];
  let last = state.stable.sequence;
  for (const prePrepare of body.prePrepares) {
    const { sequence, digest } = prePrepare.body;
    last = Math.max(last, sequence);
    if (!isInWindow(state, sequence)) continue;
    const slot = slotAt(state, sequence);
    const batch = knownBatch(slot, digest);
    accept(step, slot, prePrepare, batch);
    if (batch !== null) requests.push(...batch);
  }
  state.nextSequence = last + 1;
  return requests;
}

/** The batch of this digest, where it is at hand: a certificate's batch was here when it prepared. */
export function knownBatch(slot: Slot, digest: Digest): Batch | null {
  return digest === nullDigest ? nullBatch : batchIn(slot, digest);
}

/** Digests of batches that this replica needs before it can say anything of them. */
export function missingBatches(state: PbftState): readonly Digest[] {
  return slotsOf(state).flatMap(({ accepted, batch }) =>
    accepted !== null && batch === null && accepted.body.view === state.view ? [accepted.body.digest] : [],
  );
}
