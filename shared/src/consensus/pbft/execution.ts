import { assert, type Outcome } from '../../core/index.js';
import type { Batch, StateMeta } from './messages.js';
import { answer } from './requests.js';
import { admit } from './sessions.js';
import { isCommitted } from './slots.js';
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
  const ownAnswers: { [place: number]: Uint8Array } = {};
  const first = entries.length;
  let place = 0;
  for (const request of batch) {
    for (let at = 0; at < request.body.operations.length; at++) {
      const { command, ownAnswer } = admit(state, request, at, state.handedIndex + 1);
      if (ownAnswer !== null) ownAnswers[place] = ownAnswer;
      push(state, entries, command);
      place += 1;
    }
  }
  if (batch.length === 0) push(state, entries, null);
  state.handed = sequence;
  const executing: Executing = {
    sequence,
    requests: batch,
    ownAnswers,
    results: [],
    entries: entries.length - first,
  };
  state.executing.push(executing);
}

function push(state: PbftState, entries: Entry[], command: Uint8Array | null): void {
  state.handedIndex += 1;
  entries.push({ index: state.handedIndex, reign: state.view, command });
  if (state.reigns.at(-1)?.[1] === state.view) return;
  state.reigns.push([state.handedIndex, state.view]);
  if (state.reigns.length > reignsMax) state.reigns.shift();
}

/** The store has answered: so are the clients. */
export function onExecuted(step: Step, outcomes: readonly Outcome[]): void {
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
    answer(step, executing.requests, executing.results);
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
