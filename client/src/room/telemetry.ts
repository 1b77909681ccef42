import type { NodeId } from '@quorate/shared/core';
import { readEvent, type TraceEvent } from '@quorate/shared/trace';
import { isProof, Proofs } from './proofs.js';

/** Events kept in this tab: some minutes of a class in slow motion, some seconds at real time. */
const eventsMax = 20_000;

export type TraceListener = (events: readonly TraceEvent[]) => void;

/** What came of a batch of another node's events. */
export type Heard = {
  /** Events are missing, and no keyframe has come since: one should be asked for. */
  readonly gap: boolean;
  /** How many were dropped because they are none, or another node's, and what was wrong with the first; null: none was. */
  readonly bad: { readonly count: number; readonly why: string } | null;
};

type Numbered = { readonly type: string; readonly life: number; readonly seq: number };

/**
 * The trace as this tab holds it: its own node's events and those that the others told it, bounded, in order of arrival. Those
 * that can prove a broken rule are kept for others as well, and told in their order, once.
 */
export class Telemetry {
  readonly proofs: Proofs;
  readonly #listeners = new Set<TraceListener>();
  /** How far each node's numbers have come; `lacks` a keyframe after what is missing of them. */
  readonly #heard = new Map<NodeId, { life: number; seq: number; lacks: boolean }>();
  readonly #touched = new Map<NodeId, { readonly [fault: string]: number }>();
  #events: TraceEvent[] = [];
  #forgotten = 0;

  constructor(nowMs = () => performance.now()) {
    this.proofs = new Proofs(nowMs);
  }

  /** This tab's node's own events. */
  own(events: readonly TraceEvent[]): void {
    this.#keep(this.#inTurn(events));
  }

  /** Events whose turn has come: a neighbour has brought them, or what they waited for. */
  brought(events: readonly TraceEvent[]): void {
    this.#keep(events);
  }

  /** Another node's events. A node speaks only for itself; kinds that only newer tabs know count, and are not kept. */
  heard(from: NodeId, values: readonly unknown[]): Heard {
    const events: TraceEvent[] = [];
    const numbered: Numbered[] = [];
    const wrong: string[] = [];
    for (const value of values) {
      const read = readEvent(value);
      if (read.kind === 'bad' || read.event.node !== from) {
        wrong.push(read.kind === 'bad' ? read.why : 'an event of another node');
        continue;
      }
      numbered.push(read.event);
      if (read.kind === 'event') events.push(read.event);
    }
    const gap = this.#follow(from, numbered);
    this.#keep(this.#inTurn(events));
    const [why] = wrong;
    return { gap, bad: why === undefined ? null : { count: wrong.length, why } };
  }

  /** A tab that the room remembers no more. */
  forget(node: NodeId): void {
    this.proofs.forget(node);
    this.#heard.delete(node);
    this.#touched.delete(node);
  }

  /** The events held, or those after number `since`, counted over all that this tab has seen. */
  events(since = 0): readonly TraceEvent[] {
    return this.#events.slice(Math.max(0, since - this.#forgotten));
  }

  /** How many events this tab has seen, those no longer held included. */
  get seen(): number {
    return this.#forgotten + this.#events.length;
  }

  on(listener: TraceListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A node's counts of the messages that each fault touched there. */
  touch(node: NodeId, counts: { readonly [fault: string]: number }): void {
    this.#touched.set(node, counts);
  }

  /** How many messages a fault has touched at all nodes together. */
  touched(fault: string): number {
    let sum = 0;
    for (const counts of this.#touched.values()) sum += counts[fault] ?? 0;
    return sum;
  }

  /** Without the proofs that have to wait for others, and with those that had to. */
  #inTurn(events: readonly TraceEvent[]): TraceEvent[] {
    return events.flatMap((event): readonly TraceEvent[] =>
      isProof(event) ? this.proofs.take(event) : [event],
    );
  }

  /** Keeps count of a node's numbers. True where some are missing, and no keyframe has come since. */
  #follow(from: NodeId, events: readonly Numbered[]): boolean {
    const first = events[0];
    const last = events.at(-1);
    const before = this.#heard.get(from);
    if (first === undefined || last === undefined) return before?.lacks ?? false;
    const isSameLife = before?.life === first.life;
    const continues = isSameLife ? first.seq === before.seq + 1 : first.seq === 1;
    const lacked = isSameLife && before.lacks;
    const lacks = (lacked || !continues) && !events.some((event) => event.type === 'keyframe');
    this.#heard.set(from, { life: last.life, seq: last.seq, lacks });
    return lacks;
  }

  #keep(events: readonly TraceEvent[]): void {
    if (events.length === 0) return;
    this.#events.push(...events);
    // Cut in large pieces: a shift for each event would cost the square.
    if (this.#events.length > eventsMax * 1.25) {
      const surplus = this.#events.length - eventsMax;
      this.#events = this.#events.slice(surplus);
      this.#forgotten += surplus;
    }
    for (const listener of this.#listeners) listener(events);
  }
}
