import type { NodeId, RunId } from '@quorate/shared/core';
import type { TraceEvent } from '@quorate/shared/trace';
import { Observed } from './observed.js';

/** The newest that this tab has seen of each run that is on: events of two of them never meet. */
export class ObservedRuns {
  readonly #self: NodeId;
  readonly #runs = new Map<RunId, Observed>();

  constructor(self: NodeId) {
    this.#self = self;
  }

  /** What was seen of a run; null where nothing was yet. */
  of(run: RunId): Observed | null {
    return this.#runs.get(run) ?? null;
  }

  /** Takes a batch; `on` are the runs that the room has now: what is told of others counts for nothing. */
  take(events: readonly TraceEvent[], on: readonly RunId[]): void {
    for (const id of [...this.#runs.keys()]) if (!on.includes(id)) this.#runs.delete(id);
    for (const id of on) if (!this.#runs.has(id)) this.#runs.set(id, new Observed(id, this.#self));
    for (const event of events) this.#runs.get(event.run)?.take(event);
  }

  /** This tab's node lost its memory: what it was says nothing of the one that takes its place. */
  forgetOwn(): void {
    for (const observed of this.#runs.values()) observed.forgetOwn();
  }
}
