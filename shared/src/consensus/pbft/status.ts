import type { NodeId } from '../../core/index.js';
import { onAheadTick } from './checkpoints.js';
import { type Batch, missingMax, type Sequence, type StatusMessage, statusPlacesMax } from './messages.js';
import { missingBatches } from './new-view.js';
import { batchIn, isAccepted, isPrepared, phaseOf, slotsOf } from './slots.js';
import type { PbftState, Slot } from './state.js';
import { broadcast, isPrimary, isReplica, type Step, send, statusTimer } from './step.js';

/** A replica that waits for nothing tells the others so much less often. */
const idleFactor = 8;
/** Slots that one answer to a status fills. */
const resentMax = 16;

/** Messages get lost: each replica tells how far it is, and the others send what it lacks (journal version, 5.2). */
export function onStatusTimeout(step: Step): void {
  const { state } = step;
  onAheadTick(step);
  state.statusTicks += 1;
  if (isBusy(state) || state.statusTicks >= idleFactor) {
    state.statusTicks = 0;
    broadcast(step, statusOf(state));
  }
  startStatusTimer(step);
}

export function startStatusTimer(step: Step): void {
  step.effects.push({ type: 'setTimer', timer: statusTimer, afterMs: step.state.options.statusMs });
}

export function statusOf(state: PbftState): StatusMessage {
  const { view, isActive, stable, executed, viewChanges } = state;
  const open = firstOpen(state);
  const phases: number[] = [];
  if (isActive) {
    const last = Math.min(slotsOf(state).at(-1)?.sequence ?? 0, open + statusPlacesMax - 1);
    for (let sequence = open; sequence <= last; sequence++)
      phases.push(phaseOf(state, state.slots[sequence]));
  }
  const known = Object.values(viewChanges).filter(({ latest }) => latest.body.view === view);
  return {
    type: 'status',
    view,
    isActive,
    stable: stable.sequence,
    executed,
    open,
    phases,
    missing: missingBatches(state).slice(0, missingMax),
    viewChanges: isActive ? [] : known.map(({ latest }) => latest.signer),
  };
}

/**
 * What others have yet to commit in this view they need this replica for, even where it has executed it in an earlier one: so
 * it asks for what it lacks of that, too.
 */
function firstOpen(state: PbftState): Sequence {
  let open = state.stable.sequence + 1;
  while (phaseOf(state, state.slots[open]) === 3) open += 1;
  return open;
}

/** Whether something of the view in force is known of a sequence number, and it has not committed. */
function isUnderWay(state: PbftState, slot: Slot): boolean {
  if (phaseOf(state, slot) === 3) return false;
  const words = [...Object.values(slot.prepares).map(({ body }) => body), ...Object.values(slot.commits)];
  return isAccepted(state, slot) || words.some(({ view }) => view >= state.view);
}

function isBusy(state: PbftState): boolean {
  const { isActive, waiting, ahead, fetch, snapshot, stable } = state;
  const isUnstable = (snapshot?.meta.sequence ?? 0) > stable.sequence;
  return (
    !isActive ||
    waiting.length > 0 ||
    slotsOf(state).some((slot) => isUnderWay(state, slot)) ||
    ahead !== null ||
    fetch !== null ||
    isUnstable
  );
}

/** Sends what the other one lacks and this one has. */
export function onStatus(step: Step, from: NodeId, status: StatusMessage): void {
  const { state } = step;
  if (!isReplica(state, from) || from === state.self || isTooSoon(step, from)) return;
  resendCheckpoint(step, from, status);
  resendBatches(step, from, status);
  if (status.view < state.view || (status.view === state.view && !status.isActive))
    resendView(step, from, status);
  else if (status.view === state.view && state.isActive) resendSlots(step, from, status);
}

/** An answer is many messages: a replica that asks all the time gets no more than others. */
function isTooSoon({ state, now }: Step, from: NodeId): boolean {
  const last = state.answeredAt[from];
  if (last !== undefined && now - last < state.options.statusMs / 4) return true;
  state.answeredAt[from] = now;
  return false;
}

function resendCheckpoint(step: Step, from: NodeId, { stable }: StatusMessage): void {
  const { state } = step;
  if (stable < state.stable.sequence)
    send(step, from, { type: 'checkpoint', checkpoints: state.stable.proof });
  const own = state.checkpoints[state.self]?.filter(({ body }) => body.sequence > stable) ?? [];
  if (own.length > 0) send(step, from, { type: 'checkpoint', checkpoints: own });
}

function resendBatches(step: Step, from: NodeId, { missing }: StatusMessage): void {
  for (const digest of missing) {
    for (const slot of slotsOf(step.state)) {
      const batch: Batch | null = batchIn(slot, digest);
      if (batch === null) continue;
      send(step, from, { type: 'batch', batch });
      break;
    }
  }
}

function resendView(step: Step, from: NodeId, status: StatusMessage): void {
  const { state } = step;
  const { begun, durability } = state;
  const after = durability.viewWrite;
  if (state.isActive) {
    if (begun === null || !isOnTurn(step, state.view)) return;
    for (const viewChange of begun.viewChanges) send(step, from, { type: 'viewChange', viewChange }, after);
    send(step, from, { type: 'newView', newView: begun.newView }, after);
    return;
  }
  const own = state.viewChanges[state.self]?.latest;
  if (own === undefined || (status.view === state.view && status.viewChanges.includes(state.self))) return;
  send(step, from, { type: 'viewChange', viewChange: own }, after);
}

/** The primary, and one more that takes turns by its own clock: it may be the primary who leaves somebody out. */
function isOnTurn({ state, now }: Step, about: number): boolean {
  const { replicas } = state.group;
  const turn = Math.floor(now / state.options.statusMs);
  return isPrimary(state) || replicas[(about + turn) % replicas.length] === state.self;
}

function resendSlots(step: Step, from: NodeId, { open, phases }: StatusMessage): void {
  const { state } = step;
  let resent = 0;
  for (const slot of slotsOf(state)) {
    if (slot.sequence < open || !isAccepted(state, slot)) continue;
    const phase = phases[slot.sequence - open] ?? 0;
    if (phase === 3) continue;
    resendSlot(step, from, slot, phase);
    resent += 1;
    if (resent >= resentMax) return;
  }
}

/** The pre-prepare comes from its primary, and from one more that takes turns: the primary may have left this one out. */
function resendSlot(step: Step, from: NodeId, slot: Slot, phase: number): void {
  const { state } = step;
  const { accepted, batch, ownPrepare, isAcceptedDurable, sequence } = slot;
  if (phase < 1 && accepted !== null && batch !== null && isAcceptedDurable && isOnTurn(step, sequence)) {
    send(step, from, { type: 'prePrepare', prePrepare: accepted, batch });
  }
  if (phase < 2 && ownPrepare !== null && isAcceptedDurable)
    send(step, from, { type: 'prepare', prepare: ownPrepare });
  if (isPrepared(state, slot) && slot.isPreparedDurable && slot.prepared !== null) {
    send(step, from, { type: 'commit', ...slot.prepared.prePrepare.body });
  }
}
