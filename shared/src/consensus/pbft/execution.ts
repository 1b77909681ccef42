import { assert, type Outcome } from '../../core/index.js';
import type { Batch, SessionOwner, StateMeta } from './messages.js';
import { answer, answerTentatively } from './requests.js';
import { admit } from './sessions.js';
import { isCommitted, isPrepared } from './slots.js';
import type { Executing, PbftState } from './state.js';
import type { Step } from './step.js';

type Entry = { readonly index: number; readonly reign: number; readonly command: Uint8Array | null };
/** Runs of views in the log that the screen is shown. */
const reignsMax = 64;

/** 4.2: requests are executed in the order of their sequence numbers, once committed. Each batch takes an entry an operation, the null request one. */
export function executeCommitted(step: Step): void {
  const { state } = step;
  const entries: Entry[] = [];
  while (state.installing === null && !isAtCheckpoint(state)) {
    const slot = state.slots[state.handed + 1];
    if (slot === undefined || !isCommitted(state, slot) || slot.preparedBatch === null) break;
    hand(state, slot.sequence, slot.preparedBatch, entries);
  }
  if (entries.length > 0) step.effects.push({ type: 'commit', entries });
}

/** The store stands, or is about to, where a checkpoint is due: nothing may follow before the snapshot is taken. */
function isAtCheckpoint({ handed, options, snapshot, taking }: PbftState): boolean {
  const taken = Math.max(snapshot?.meta.sequence ?? 0, taking?.sequence ?? 0);
  return handed % options.checkpointInterval === 0 && handed > taken;
}

function hand(state: PbftState, sequence: number, batch: Batch, entries: Entry[]): void {
  const { isAnswered } = state.tentative ?? { isAnswered: false };
  state.tentative = null;
  const made = entriesOf(state, batch, state.sessions, state.handedIndex + 1);
  entries.push(...made.entries);
  state.handed = sequence;
  state.handedIndex += made.entries.length;
  if (state.reigns.at(-1)?.[1] !== state.view) {
    state.reigns.push([state.handedIndex - made.entries.length + 1, state.view]);
    if (state.reigns.length > reignsMax) state.reigns.shift();
  }
  const { ownAnswers } = made;
  state.executing.push({
    sequence,
    requests: batch,
    ownAnswers,
    results: [],
    entries: made.entries.length,
    isAnswered,
  });
}

/** What the store is given for a batch, from entry `first` on, and the answers that are not the store's. */
function entriesOf(
  { view }: PbftState,
  batch: Batch,
  sessions: SessionOwner[],
  first: number,
): { readonly entries: readonly Entry[]; readonly ownAnswers: Executing['ownAnswers'] } {
  const entries: Entry[] = [];
  const ownAnswers: { [place: number]: Uint8Array } = {};
  for (const request of batch) {
    for (let at = 0; at < request.body.operations.length; at++) {
      const index = first + entries.length;
      const { command, ownAnswer } = admit(sessions, request, at, index);
      if (ownAnswer !== null) ownAnswers[entries.length] = ownAnswer;
      entries.push({ index, reign: view, command });
    }
  }
  if (batch.length === 0) entries.push({ index: first, reign: view, command: null });
  return { entries, ownAnswers };
}

/**
 * 5.1.2: what has prepared is executed at once where all before it has committed. The certificate is durable by then, so a view
 * change tells it; a quorum of such answers is worth as much as a quorum of commits.
 */
export function executeTentatively(step: Step): void {
  const { state } = step;
  const isFree = state.tentative === null && state.installing === null && !isAtCheckpoint(state);
  if (!state.options.tentativeExecution || !isFree) return;
  const slot = state.slots[state.handed + 1];
  if (slot === undefined || !isPrepared(state, slot) || !slot.isPreparedDurable) return;
  if (slot.prepared === null || slot.preparedBatch === null) return;
  const { view, sequence, digest } = slot.prepared.prePrepare.body;
  const sessions = state.sessions.map((owner) => ({ ...owner }));
  const { entries, ownAnswers } = entriesOf(state, slot.preparedBatch, sessions, state.handedIndex + 1);
  state.tentative = {
    sequence,
    view,
    digest,
    requests: slot.preparedBatch,
    ownAnswers,
    results: [],
    entries: entries.length,
    isAnswered: false,
  };
  step.effects.push({ type: 'execute', entries });
}

/** The view is left, or the store replaced: what had not committed may never. */
export function rollBack(step: Step): void {
  if (step.state.tentative === null) return;
  step.state.tentative = null;
  step.effects.push({ type: 'rollback' });
}

function onExecutedTentatively(step: Step, outcomes: readonly Outcome[]): void {
  const { tentative } = step.state;
  const isStill = tentative !== null && !tentative.isAnswered && outcomes.length === tentative.entries;
  // Rolled back, or committed, before the store's word came.
  if (!isStill || outcomes[0]?.index !== step.state.handedIndex + 1) return;
  const results = outcomes.map(({ result }, place) => tentative.ownAnswers[place] ?? result);
  tentative.isAnswered = true;
  answerTentatively(step, tentative.requests, results);
}

/** The store has answered: so are the clients. */
export function onExecuted(step: Step, outcomes: readonly Outcome[], isTentative: boolean): void {
  if (isTentative) return onExecutedTentatively(step, outcomes);
  const { state } = step;
  for (const { index, result } of outcomes) {
    const executing = state.executing[0];
    assert(
      executing !== undefined && index === state.appliedIndex + 1,
      'the store executes what it was given',
    );
    state.appliedIndex = index;
    executing.results.push(executing.ownAnswers[executing.results.length] ?? result);
    if (executing.results.length < executing.entries) continue;
    state.executing.shift();
    state.executed = executing.sequence;
    answer(step, executing.requests, executing.results, executing.isAnswered);
    state.failedViews = 0;
  }
  takeCheckpointIfDue(step);
}

/** 4.3: a checkpoint after each interval of sequence numbers, of the state that the execution of the last has made. */
export function takeCheckpointIfDue(step: Step): void {
  const { state } = step;
  const isBusy = state.taking !== null || state.executed !== state.handed || state.installing !== null;
  if (isBusy || !isAtCheckpoint(state)) return;
  const meta: StateMeta = {
    sequence: state.executed,
    index: state.appliedIndex,
    sessions: state.sessions.map((owner) => ({ ...owner })),
  };
  state.taking = meta;
  step.effects.push({ type: 'takeSnapshot', index: meta.index, meta, ops: [] });
}
