import type { Reign } from '../../core/index.js';
import { viewChangeFault } from './certificates.js';
import { noteStable } from './checkpoints.js';
import { rollBack } from './execution.js';
import type { PreparedCertificate, SignedNewView, SignedViewChange } from './messages.js';
import { beginViewIfAgreed, onNewView as judgeNewView } from './new-view.js';
import { isNamed } from './requests.js';
import { slotsOf } from './slots.js';
import type { PbftState } from './state.js';
import { broadcast, isPrimary, note, recordView, type Step, statementOf, viewTimer } from './step.js';

/** Why a replica leaves a view. */
type Reason = 'request-not-executed' | 'no-new-view' | 'others-left' | 'new-view-refused';

/** 4.4: asks for a view. From now on nothing of an earlier one is accepted, after a restart neither. */
export function startViewChange(step: Step, view: Reign, reason: Reason): void {
  const { state } = step;
  state.view = view;
  state.isActive = false;
  rollBack(step);
  state.begun = null;
  state.failedViews += 1;
  stopTimer(step);
  const write = recordView(step);
  const viewChange = ownViewChange(state);
  broadcast(step, { type: 'viewChange', viewChange }, write);
  note(step, 'view-change', { view, reason });
  afterViewChanges(step);
}

/** The own VIEW-CHANGE for the view that is waited for: everything that prepared here above the stable checkpoint. */
export function ownViewChange(state: PbftState): SignedViewChange {
  const { view, stable, self } = state;
  const prepared: PreparedCertificate[] = [];
  for (const slot of slotsOf(state)) {
    if (slot.prepared !== null && slot.prepared.prePrepare.body.view < view) prepared.push(slot.prepared);
  }
  const viewChange = statementOf(state, 'view-change', { view, stable, prepared });
  state.viewChanges[self] = { latest: viewChange, earlier: null };
  return viewChange;
}

/** Somebody asks for a view, or somebody passes on that it did; it counts when its certificates hold. */
export function onViewChange(step: Step, viewChange: SignedViewChange): void {
  const { state } = step;
  const { signer, body } = viewChange;
  if (signer === state.self || body.view < state.view) return;
  if (body.view === state.view && state.isActive) return;
  const { checkpointInterval: interval, window } = state.options;
  const fault = viewChangeFault(state.group, viewChange, { interval, window });
  if (fault !== null) return note(step, 'view-change-refused', { from: signer, view: body.view, fault });
  keep(state, viewChange);
  noteStable(step, body.stable);
  afterViewChanges(step);
}

/** Of each replica the newest, and one of an earlier view that may still begin here. */
function keep(state: PbftState, viewChange: SignedViewChange): void {
  const { signer, body } = viewChange;
  const known = state.viewChanges[signer];
  if (known === undefined) {
    state.viewChanges[signer] = { latest: viewChange, earlier: null };
    return;
  }
  const { latest } = known;
  if (body.view < latest.body.view) known.earlier = viewChange;
  else if (body.view === latest.body.view) known.latest = viewChange;
  else state.viewChanges[signer] = { latest: viewChange, earlier: latest };
}

function afterViewChanges(step: Step): void {
  if (join(step)) return;
  beginViewIfAgreed(step);
  const { state } = step;
  if (state.isActive || state.timer === 'new-view') return;
  // 4.5.2: not before a quorum has come to it, or this replica would run ahead of all others.
  if (countFrom(state, state.view) >= state.group.quorum) startTimer(step, 'new-view');
}

/** 4.5.2: an honest replica is among f + 1 that have gone on, so there is a reason to: to the least of their views. */
function join(step: Step): boolean {
  const { state } = step;
  const { viewChanges, view, group, self } = state;
  const later = group.replicas.flatMap((replica) => {
    const asked = viewChanges[replica]?.latest.body.view ?? 0;
    return replica !== self && asked > view ? [asked] : [];
  });
  if (later.length < group.faults + 1) return false;
  startViewChange(step, Math.min(...later), 'others-left');
  return true;
}

/** Replicas that have asked for this view or a later one. */
function countFrom({ viewChanges, group }: PbftState, view: Reign): number {
  return group.replicas.filter((replica) => (viewChanges[replica]?.latest.body.view ?? -1) >= view).length;
}

export function onNewView(step: Step, newView: SignedNewView): void {
  const { state } = step;
  const verdict = judgeNewView(step, newView);
  if (verdict !== 'refused' || newView.body.view !== state.view) return;
  // Its primary has signed what V does not demand: nothing better is to be expected of it.
  startViewChange(step, state.view + 1, 'new-view-refused');
}

/** 4.4, 4.5.2: a request was not executed in time, or the new view has not begun in time. */
export function onViewTimeout(step: Step): void {
  const { state } = step;
  const { timer } = state;
  state.timer = 'none';
  state.timed = null;
  if (timer === 'request' && state.isActive) startViewChange(step, state.view + 1, 'request-not-executed');
  else if (timer === 'new-view' && !state.isActive) startViewChange(step, state.view + 1, 'no-new-view');
}

/** 4.4: a backup waits for one request at a time; when that one is executed, for the next. */
export function watchRequests(step: Step): void {
  const { state } = step;
  if (!state.isActive) return;
  const { timed, waiting } = state;
  const isStillWaiting = timed !== null && waiting.some((each) => isNamed(each, timed));
  if (isStillWaiting && !isPrimary(state)) return;
  if (state.timer !== 'none') stopTimer(step);
  const [next] = waiting;
  if (next === undefined || isPrimary(state)) return;
  state.timed = { client: next.request.signer, number: next.request.body.number };
  startTimer(step, 'request');
}

function startTimer(step: Step, timer: 'request' | 'new-view'): void {
  const { state } = step;
  const { viewTimeoutMs, viewTimeoutMaxMs } = state.options;
  state.timer = timer;
  const afterMs = Math.min(viewTimeoutMaxMs, viewTimeoutMs * 2 ** Math.min(state.failedViews, 32));
  step.effects.push({ type: 'setTimer', timer: viewTimer, afterMs });
}

function stopTimer(step: Step): void {
  step.state.timer = 'none';
  step.state.timed = null;
  step.effects.push({ type: 'cancelTimer', timer: viewTimer });
}
