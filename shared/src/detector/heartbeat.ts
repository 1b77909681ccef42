import type { NodeId } from '../core/index.js';
import { addInterval, rhythmOf } from './phi.js';
import { heartbeatTimer, type Step, send } from './step.js';
import { rotateIfDue } from './watching.js';

/** A confirmed node is tried at every so many-th heartbeat. */
const retryEveryTicks = 4;

/** Pings all that are watched, and now and then those that are taken for dead. */
export function onHeartbeatTimeout(step: Step): void {
  const { state, now, effects } = step;
  rotateIfDue(step);
  state.ticks += 1;
  state.sequence += 1;
  for (const node of Object.keys(state.watches)) ping(step, node, state.sequence);
  if (state.ticks % retryEveryTicks === 0) for (const node of state.retried) ping(step, node, 0);
  state.awake.tickDueAt = now + state.options.heartbeatMs;
  effects.push({ type: 'setTimer', timer: heartbeatTimer, afterMs: state.options.heartbeatMs });
}

/** Sequence 0 asks for a sign of life outside the rhythm. */
export function ping(step: Step, node: NodeId, sequence: number): void {
  send(step, node, { type: 'ping', sequence, onBehalfOf: null });
}

/** Whatever a node says, directly or to a helper, ends its silence. */
export function onSignOfLife({ state, now }: Step, node: NodeId): void {
  const watch = state.watches[node];
  if (watch === undefined) return;
  watch.heardAt = now;
  watch.probe = null;
}

/** Hayashibara 5.1: the interval since the last heartbeat goes into the window. Late and doubled answers say nothing of it. */
export function onHeartbeat({ state, now }: Step, node: NodeId, sequence: number): void {
  const watch = state.watches[node];
  if (watch === undefined || sequence <= watch.sequence || sequence > state.sequence) return;
  watch.sequence = sequence;
  if (watch.beatAt !== null) {
    addInterval(watch.intervals, now - watch.beatAt, state.options);
    watch.rhythm = rhythmOf(watch.intervals, state.options);
  }
  watch.beatAt = now;
}
