import type { Process, ProcessEvent } from '../core/index.js';
import { copyPlain } from './plain-copy.js';

/** A Process's state, and what happened to it since: handed to the Process again, it ends in the state it is in now. */
export type InputRecording = {
  readonly state: unknown;
  readonly events: readonly ProcessEvent<unknown>[];
};

type Segment = { readonly state: unknown; readonly events: ProcessEvent<unknown>[] };

/**
 * Records one Process's inputs whole, bounded: at most `max` events, at least the newest half of them. Each half begins
 * with a copy of the state, so that the oldest can go when there is no more room.
 */
export class InputRecorder {
  readonly #segmentMax: number;
  #older: Segment | null = null;
  #newer: Segment | null = null;

  /** `max` is at least 2. Throws `RangeError`. */
  constructor(max: number) {
    if (!Number.isSafeInteger(max) || max < 2)
      throw new RangeError(`recordInputsMax ${max}: give 2 or more, or leave it out`);
    this.#segmentMax = Math.floor(max / 2);
  }

  /** To be called before each step, with the state before it. */
  record(state: unknown, event: ProcessEvent<unknown>): void {
    if (this.#newer === null || this.#newer.events.length >= this.#segmentMax) {
      this.#older = this.#newer;
      this.#newer = { state: copyPlain(state), events: [] };
    }
    // A copy: what a Process keeps of an event, it may change.
    this.#newer.events.push(copyPlain(event));
  }

  /** What is recorded, from the oldest state there is; null before the first step. Nobody changes it afterwards. */
  recording(): InputRecording | null {
    const { state, events } = this.#older ?? this.#newer ?? { state: null, events: null };
    if (events === null) return null;
    return copyPlain({
      state,
      events: this.#older === null ? events : [...events, ...(this.#newer?.events ?? [])],
    });
  }
}

/** Runs a recording again. Answers with the state that the Process comes to; the recording stays as it is. */
export function replay<State, Message, Options>(
  process: Process<State, Message, Options>,
  recording: InputRecording,
): State {
  const { state, events } = copyPlain(recording);
  for (const event of events) process.step(state as State, event as ProcessEvent<Message>);
  return state as State;
}
