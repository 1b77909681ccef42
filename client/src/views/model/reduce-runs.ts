import type { NodeId, RunId } from '@quorate/shared/core';
import type { TraceEvent } from '@quorate/shared/trace';
import { reduce } from './reduce.js';
import { emptyView, type ViewState } from './state.js';

/** Runs that the room does not tell of, or not yet, whose views are kept: what a node tells may come first. */
export const othersMax = 4;

/** The view of each run, each with its own nodes, messages and clock. */
export type RunViews = ReadonlyMap<RunId, ViewState>;

/** A batch of trace events of any runs; `on` are the runs that the room tells of. */
export type RunsInput = {
  readonly on: readonly RunId[];
  readonly events: readonly TraceEvent[];
  readonly nowMs: number;
  readonly down: readonly NodeId[];
};

/** The next views, as `reduce` makes them: pure, and the very same object where nothing has changed. Events of two runs never meet. */
export function reduceRuns(before: RunViews, { on, events, nowMs, down }: RunsInput): RunViews {
  const told = byRun(events);
  const ids = forgetOthers([...new Set([...before.keys(), ...on, ...told.keys()])], on);
  const after = new Map<RunId, ViewState>();
  for (const run of ids) {
    const view = before.get(run) ?? emptyView(run);
    after.set(run, reduce(view, { run, events: told.get(run) ?? [], nowMs, down }));
  }
  const isSame = after.size === before.size && ids.every((run) => after.get(run) === before.get(run));
  return isSame ? before : after;
}

function byRun(events: readonly TraceEvent[]): ReadonlyMap<RunId, readonly TraceEvent[]> {
  const told = new Map<RunId, TraceEvent[]>();
  for (const event of events) {
    const same = told.get(event.run);
    if (same === undefined) told.set(event.run, [event]);
    else same.push(event);
  }
  return told;
}

/** Of the runs that the room does not tell of, the last ones alone. */
function forgetOthers(ids: readonly RunId[], on: readonly RunId[]): readonly RunId[] {
  const others = ids.filter((run) => !on.includes(run));
  const forgotten = new Set(others.slice(0, Math.max(0, others.length - othersMax)));
  return ids.filter((run) => !forgotten.has(run));
}
