import type { NodeId } from '@quorate/shared/core';
import type { LossReason, MessageId, TouchedBy, TraceEvent } from '@quorate/shared/trace';
import { type Flight, flightsMax, landedMax, type ViewState } from './state.js';

/** A message that nothing was heard of for so long is forgotten: the events that end it were left out. */
const forgottenAfterMs = 8000;

/**
 * Until the receiver has told of it, a message is between two machines, which takes it no second, in slow motion and in a
 * pause neither: what takes longer has got lost, or the event that ends it was left out.
 */
const flyingMaxMs = 2500;

/** Faults that touched one message, as marks beside it: more would not be told apart. */
const touchesMax = 16;

type Of<T extends TraceEvent['type']> = TraceEvent & { readonly type: T };

/** The messages of one batch: what starts, waits, ends. Copies the state's collections once. */
export class Flights {
  readonly #flights: Map<MessageId, Flight>;
  readonly #landed: Flight[] = [];
  readonly #before: readonly Flight[];

  constructor(state: ViewState) {
    this.#flights = new Map(state.flights);
    this.#before = state.landed;
  }

  sent(event: Of<'sent'>, atMs: number, nowMs: number): void {
    const { message: id, node: from, to, instance, info } = event;
    const known = this.#flights.get(id);
    if (known !== undefined) {
      this.#flights.set(id, { ...known, sentMs: Math.min(atMs, known.sentMs) });
      return;
    }
    const open = { endMs: null, end: 'flying', reason: null, touched: [] } as const;
    this.#flights.set(id, { id, from, to, instance, info, sentMs: atMs, ...open, seenMs: nowMs });
  }

  arrived(event: Of<'arrived'>, atMs: number, dueMs: number, nowMs: number): void {
    const { message: id, from, node: to, instance, info } = event;
    const known = this.#flights.get(id);
    const base = known ?? { id, from, to, info, sentMs: atMs, reason: null, touched: [], seenMs: nowMs };
    this.#flights.set(id, { ...base, instance, end: 'waiting', endMs: dueMs });
  }

  ended(id: MessageId, end: 'delivered' | 'lost', atMs: number, reason: LossReason | null): void {
    const flight = this.#flights.get(id);
    if (flight === undefined) return;
    this.#flights.delete(id);
    // Two machines' clocks agree to a millisecond at best; a message never lands before it was sent.
    this.#landed.push({ ...flight, end, reason, endMs: Math.max(atMs, flight.sentMs) });
  }

  touched(id: MessageId, by: TouchedBy): void {
    const flight = this.#flights.get(id);
    if (flight === undefined || flight.touched.length >= touchesMax) return;
    this.#flights.set(id, { ...flight, touched: [...flight.touched, by] });
  }

  /** What waited in the inbox of a node that crashed is gone with it. */
  inboxLost(node: NodeId, atMs: number): void {
    for (const flight of this.#flights.values()) {
      if (flight.to === node && flight.end === 'waiting') this.ended(flight.id, 'lost', atMs, 'crashed');
    }
  }

  finish(nowMs: number, labMs: number, paused: boolean): Pick<ViewState, 'flights' | 'landed'> {
    for (const [id, flight] of this.#flights) if (isGone(flight, nowMs)) this.#flights.delete(id);
    for (const [id, flight] of this.#flights) {
      const tooMany = this.#flights.size > flightsMax;
      const isOld = !paused && nowMs - flight.seenMs > forgottenAfterMs;
      if (!tooMany && !isOld) break;
      // In slow motion a message may wait long; one that is overdue will not be heard of again.
      const isDue = flight.endMs === null || flight.endMs < labMs;
      if (tooMany || isDue) this.#flights.delete(id);
    }
    const landed =
      this.#landed.length === 0 ? this.#before : [...this.#before, ...this.#landed].slice(-landedMax);
    return { flights: this.#flights, landed };
  }
}

/** True when some message is still shown of which nothing will be heard any more. */
export function hasGone(flights: ReadonlyMap<MessageId, Flight>, nowMs: number): boolean {
  for (const flight of flights.values()) if (isGone(flight, nowMs)) return true;
  return false;
}

function isGone({ end, seenMs }: Flight, nowMs: number): boolean {
  return end === 'flying' && nowMs - seenMs > flyingMaxMs;
}
