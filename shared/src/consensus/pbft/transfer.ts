import type { NodeId } from '../../core/index.js';
import { provenAmong } from './certificates.js';
import type { FetchMessage, StableCheckpoint } from './messages.js';
import type { PbftState } from './state.js';
import { fetchTimer, isReplica, note, type Step, send } from './step.js';

/** 4.6.2: the state at the low watermark, or at a later stable checkpoint, is asked of one replica after the other. */
export function startFetch(step: Step): void {
  const { state } = step;
  state.fetch = { sequence: state.stable.sequence, attempts: state.fetch?.attempts ?? 0 };
  ask(step);
}

/** Nothing came of it: another one is asked. */
export function onFetchTimeout(step: Step): void {
  const { fetch } = step.state;
  if (fetch === null) return;
  fetch.attempts += 1;
  ask(step);
}

function ask(step: Step): void {
  const { fetch, self, group, options } = step.state;
  const others = group.replicas.filter((replica) => replica !== self);
  const from = others[(group.replicas.indexOf(self) + (fetch?.attempts ?? 0)) % others.length];
  if (fetch === null || from === undefined) return;
  send(step, from, { type: 'fetch', sequence: fetch.sequence });
  step.effects.push({ type: 'setTimer', timer: fetchTimer, afterMs: options.fetchMs });
  note(step, 'state-asked', { from, sequence: fetch.sequence });
}

export function endFetch(step: Step): void {
  step.state.fetch = null;
  step.effects.push({ type: 'cancelTimer', timer: fetchTimer });
}

/** Somebody lacks the state. The newest snapshot is sent once enough statements prove it. */
export function onFetch(step: Step, from: NodeId, { sequence }: FetchMessage): void {
  const { state } = step;
  if (!isReplica(state, from) || from === state.self) return;
  if ((state.snapshot?.meta.sequence ?? 0) < sequence) return;
  const known = state.fetchers.findIndex(({ node }) => node === from);
  if (known >= 0) state.fetchers.splice(known, 1);
  state.fetchers.push({ node: from, sequence });
  serveFetchers(step);
}

/**
 * The host has the newest snapshot alone, and it need not be stable yet: f + 1 statements prove it, too. Were a quorum waited for,
 * and this one needed to make it, both would wait for ever.
 */
export function serveFetchers(step: Step): void {
  const { state } = step;
  const { snapshot, fetchers, sending } = state;
  if (fetchers.length === 0 || snapshot === null) return;
  const checkpoint = provenSnapshot(state);
  if (checkpoint === null) return;
  for (const { node, sequence } of fetchers.splice(0)) {
    if (sequence > checkpoint.sequence || sending.includes(node)) continue;
    sending.push(node);
    const message = { type: 'state', checkpoint, meta: snapshot.meta } as const;
    step.effects.push({ type: 'sendSnapshot', to: node, message });
    note(step, 'state-sent', { to: node, sequence: checkpoint.sequence });
  }
}

/** The newest snapshot's checkpoint with its proof; null while too few state it. */
function provenSnapshot({ snapshot, stable, group, checkpoints }: PbftState): StableCheckpoint | null {
  const sequence = snapshot?.meta.sequence ?? 0;
  if (stable.sequence === sequence) return stable;
  return provenAmong(group.faults + 1, Object.values(checkpoints).flat(), sequence);
}

export function onSnapshotSent(step: Step, to: NodeId): void {
  const { sending } = step.state;
  const at = sending.indexOf(to);
  if (at >= 0) sending.splice(at, 1);
}
