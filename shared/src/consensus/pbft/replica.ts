import {
  assert,
  type Effect,
  type NodeId,
  type Process,
  type ProcessEvent,
  type SnapshotRef,
} from '../../core/index.js';
import { onCheckpoint, onSnapshotTaken } from './checkpoints.js';
import { executeCommitted, executeTentatively, onExecuted, takeCheckpointIfDue } from './execution.js';
import { onSnapshotInstalled, onSnapshotRejected, onState } from './install.js';
import type { PbftMessage } from './messages.js';
import {
  onBatch,
  onCommit,
  onPersisted,
  onPrePrepare,
  onPrepare,
  prepareIfAgreed,
  propose,
} from './normal.js';
import { observe } from './observe.js';
import type { PbftOptions } from './options.js';
import { onQueried, onRead } from './reads.js';
import { recover } from './recovery.js';
import { onRequest } from './requests.js';
import { slotsOf } from './slots.js';
import { createState, type PbftState } from './state.js';
import { onStatus, onStatusTimeout, startStatusTimer, statusOf } from './status.js';
import { broadcast, fetchTimer, isReplica, type Step, send, statusTimer, viewTimer } from './step.js';
import { onFetch, onFetchTimeout, onSnapshotSent, startFetch } from './transfer.js';
import { onNewView, onViewChange, onViewTimeout, ownViewChange, watchRequests } from './view-change.js';

/** A replica of PBFT: runs on each voter. */
export const pbftReplica: Process<PbftState, PbftMessage, PbftOptions> = {
  create: createState,
  step,
  observe,
};

function step(state: PbftState, event: ProcessEvent<PbftMessage>): Effect<PbftMessage>[] {
  const current: Step = { state, now: event.now, effects: [], ops: null };
  handle(current, event);
  executeCommitted(current);
  takeCheckpointIfDue(current);
  executeTentatively(current);
  propose(current);
  watchRequests(current);
  return current.effects;
}

function handle(step: Step, event: ProcessEvent<PbftMessage>): void {
  const { state } = step;
  switch (event.type) {
    case 'start':
      recover(state, event.disk);
      return afterStart(step);
    case 'deliver':
      return onDeliver(step, event.from, event.message, event);
    case 'timeout':
      return onTimeout(step, event.timer);
    case 'persisted':
      return onPersisted(step, event.write);
    case 'executed':
      return onExecuted(step, event.outcomes, event.isTentative ?? false);
    case 'queried':
      return onQueried(step, event.query, event.result);
    case 'peerUp':
      if (isReplica(state, event.peer)) send(step, event.peer, statusOf(state));
      return;
    case 'snapshotTaken':
      assert(event.digest !== undefined, 'the host tells what a snapshot holds');
      return onSnapshotTaken(step, event.digest);
    case 'snapshotInstalled':
      return onSnapshotInstalled(step);
    case 'snapshotRejected':
      return onSnapshotRejected(step);
    case 'snapshotSent':
      return onSnapshotSent(step, event.to);
    // Requests come through the client Process. No rule rests on clocks, and no link on being up: timers and status see to that.
    case 'propose':
    case 'read':
    case 'control':
    case 'suspect':
    case 'trust':
    case 'indicated':
    case 'peerDown':
    case 'connectFailed':
    case 'clockJumped':
      return;
  }
}

/** Goes on where the disk says that it was: what it had accepted may have prepared, and who waits for a view says so again. */
function afterStart(step: Step): void {
  const { state } = step;
  startStatusTimer(step);
  if (state.isActive) for (const slot of slotsOf(state)) prepareIfAgreed(step, slot);
  else broadcast(step, { type: 'viewChange', viewChange: ownViewChange(state) });
  if (state.executed < state.stable.sequence) startFetch(step);
}

function onDeliver(
  step: Step,
  from: NodeId,
  message: PbftMessage,
  { snapshot, snapshotDigest }: { readonly snapshot?: SnapshotRef; readonly snapshotDigest?: string },
): void {
  switch (message.type) {
    case 'request':
      return onRequest(step, from, message.request);
    case 'prePrepare':
      return onPrePrepare(step, message);
    case 'prepare':
      return onPrepare(step, message.prepare);
    case 'commit':
      return onCommit(step, from, message);
    case 'read':
      return onRead(step, from, message);
    case 'checkpoint':
      return onCheckpoint(step, message);
    case 'viewChange':
      return onViewChange(step, message.viewChange);
    case 'newView':
      return onNewView(step, message.newView);
    case 'batch':
      return onBatch(step, message);
    case 'status':
      return onStatus(step, from, message);
    case 'fetch':
      return onFetch(step, from, message);
    case 'state':
      // Without its snapshot it says nothing.
      if (snapshot === undefined || snapshotDigest === undefined) return;
      return onState(step, from, message, snapshot, snapshotDigest);
    case 'reply':
    case 'readReply':
      return;
  }
}

function onTimeout(step: Step, timer: string): void {
  if (timer === viewTimer) return onViewTimeout(step);
  if (timer === statusTimer) return onStatusTimeout(step);
  assert(timer === fetchTimer, `a timer that was set: ${timer}`);
  return onFetchTimeout(step);
}
