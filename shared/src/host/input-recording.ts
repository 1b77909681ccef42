import type { Effect, NodeId, Process, ProcessEvent } from '../core/index.js';
import { copyPlain } from './plain-copy.js';

/**
 * A Process's state, what happened to it since, and the state that it has come to: the same Process, handed the first two,
 * ends in the third, to the byte.
 */
export type InputRecording = {
  readonly state: unknown;
  readonly events: readonly ProcessEvent<unknown>[];
  readonly end: unknown;
};

/** How much of its inputs an instance keeps: at most so many events, and so many bytes and one event more. */
export type InputLimits = { readonly eventsMax: number; readonly bytesMax: number };

/**
 * A message is kept as the frame that it came in and decoded anew when somebody asks: bytes cost nothing to keep, no
 * Process changes them, and they say how much they take.
 */
type Framed = {
  readonly type: 'frame';
  readonly now: number;
  readonly from: NodeId;
  readonly frame: Uint8Array;
};
type Segment = {
  readonly state: unknown;
  readonly inputs: (ProcessEvent<unknown> | Framed)[];
  bytes: number;
};

/**
 * Records one Process's inputs whole, bounded; what is kept is at least the newest half of what the limits allow. Each
 * half begins with a copy of the state, so that the oldest can go when there is no more room.
 */
export class InputRecorder {
  readonly #limits: InputLimits;
  readonly #decode: (frame: Uint8Array) => unknown;
  #older: Segment | null = null;
  #newer: Segment | null = null;

  /** `eventsMax` is at least 2, `bytesMax` above 0; else throws `RangeError`. `decode` reads a frame's message. */
  constructor(limits: InputLimits, decode: (frame: Uint8Array) => unknown) {
    const { eventsMax, bytesMax } = limits;
    if (!Number.isSafeInteger(eventsMax) || eventsMax < 2 || !(bytesMax > 0)) {
      throw new RangeError(
        `a recording of ${eventsMax} events in ${bytesMax} bytes: give 2 or more, or none`,
      );
    }
    this.#limits = { eventsMax: Math.floor(eventsMax / 2), bytesMax: bytesMax / 2 };
    this.#decode = decode;
  }

  /** To be called before each step, with the state before it; `frame` is what the event's message came in, if it did. */
  record(state: unknown, event: ProcessEvent<unknown>, frame: Uint8Array | null): void {
    const segment = this.#room(state);
    if (frame === null || event.type !== 'deliver') {
      segment.inputs.push(event);
      segment.bytes += eventWeight(event);
    } else {
      segment.inputs.push({ type: 'frame', now: event.now, from: event.from, frame });
      segment.bytes += frame.length;
    }
  }

  /** What is recorded, from the oldest state there is up to `end`, the state of now; null before the first step. */
  recording(end: unknown): InputRecording | null {
    const first = this.#older ?? this.#newer;
    if (first === null) return null;
    const newer = this.#older === null ? [] : (this.#newer?.inputs ?? []);
    const events = [...first.inputs, ...newer].map((input) => this.#event(input));
    return copyPlain({ state: first.state, events, end });
  }

  #room(state: unknown): Segment {
    const { eventsMax, bytesMax } = this.#limits;
    if (this.#newer !== null && this.#newer.inputs.length < eventsMax && this.#newer.bytes < bytesMax)
      return this.#newer;
    this.#older = this.#newer;
    this.#newer = { state: copyPlain(state), inputs: [], bytes: 0 };
    return this.#newer;
  }

  #event(input: ProcessEvent<unknown> | Framed): ProcessEvent<unknown> {
    if (input.type !== 'frame') return input;
    const { now, from, frame } = input;
    return { type: 'deliver', from, message: this.#decode(frame), now };
  }
}

/**
 * Runs a recording again; answers with the state that the Process comes to, and tells the effects of each step. The
 * recording stays as it is.
 */
export function replay<State, Message, Options>(
  process: Process<State, Message, Options>,
  recording: Pick<InputRecording, 'state' | 'events'>,
  onStep: (event: ProcessEvent<Message>, effects: readonly Effect<Message>[]) => void = () => undefined,
): State {
  const { state, events } = copyPlain({ state: recording.state, events: recording.events });
  for (const event of events as readonly ProcessEvent<Message>[])
    onStep(event, process.step(state as State, event));
  return state as State;
}

/** What an event takes beside what it says. */
const eventBytes = 64;

/** About how many bytes an event takes. */
function eventWeight(event: ProcessEvent<unknown>): number {
  switch (event.type) {
    case 'start':
      return eventBytes + weight(event.disk);
    case 'deliver':
      return eventBytes + weight(event.message);
    case 'indicated':
      return eventBytes + weight(event.output);
    case 'propose':
    case 'read':
      return eventBytes + event.operation.length;
    case 'queried':
      return eventBytes + event.result.length;
    case 'executed': {
      let bytes = eventBytes;
      for (const { result } of event.outcomes) bytes += eventBytes + result.length;
      return bytes;
    }
    default:
      return eventBytes;
  }
}

/** About how many bytes plain data takes. */
function weight(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  if (value instanceof Uint8Array) return value.length;
  let bytes = 16;
  if (Array.isArray(value)) for (const item of value) bytes += weight(item);
  else for (const key in value) bytes += weight((value as { [key: string]: unknown })[key]);
  return bytes;
}
