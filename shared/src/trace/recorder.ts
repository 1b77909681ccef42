import { type InstanceName, type NodeId, nextCounter, type RunId } from '../core/index.js';
import { isDroppable, type TraceBody, type TraceEvent } from './events.js';

export type RecorderOptions = {
  readonly node: NodeId;
  /** Told apart from the node's earlier lives: rises with each start of its host. */
  readonly life: number;
  readonly wallMs: () => number;
  /** Droppable events kept between two flushes; those beyond are counted in a `gap`. */
  readonly droppableMax: number;
};

/** Numbers one node's trace events, keeps its Lamport clock, and bounds what a busy node tells the others. */
export class Recorder {
  readonly #options: RecorderOptions;
  #seq = 0;
  #clock = 0;
  #droppable = 0;
  #missing = 0;
  #buffer: TraceEvent[] = [];

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Lamport's rule for a local event or a send: the clock rises by one. Answers with the new value. */
  tick(): number {
    this.#clock = nextCounter(this.#clock);
    return this.#clock;
  }

  /** Lamport's rule for a receipt: beyond both one's own clock and the message's. */
  merge(remote: number): number {
    this.#clock = nextCounter(this.#clock, remote);
    return this.#clock;
  }

  record(run: RunId, instance: InstanceName, atMs: number, body: TraceBody): void {
    if (isDroppable(body)) {
      if (this.#droppable >= this.#options.droppableMax) {
        this.#missing += 1;
        return;
      }
      this.#droppable += 1;
    }
    this.#append(run, instance, atMs, body);
  }

  /** The events since the last flush, oldest first; ends with a `gap` when some were left out. */
  flush(run: RunId, atMs: number): readonly TraceEvent[] {
    if (this.#missing > 0) {
      const missing = this.#missing;
      this.#missing = 0;
      this.#append(run, '', atMs, { type: 'gap', missing });
    }
    this.#droppable = 0;
    const events = this.#buffer;
    this.#buffer = [];
    return events;
  }

  #append(run: RunId, instance: InstanceName, atMs: number, body: TraceBody): void {
    this.#seq += 1;
    this.#buffer.push({
      ...body,
      node: this.#options.node,
      life: this.#options.life,
      seq: this.#seq,
      run,
      instance,
      clock: this.#clock,
      atMs,
      wallMs: this.#options.wallMs(),
    });
  }
}
