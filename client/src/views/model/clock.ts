import type { NodeId } from '@quorate/shared/core';

/** From `localMs` of this tab's clock on, lab time runs `rate` times as fast (0 while paused). */
type Segment = { readonly localMs: number; readonly labMs: number; readonly rate: number };

/**
 * The one clock that every panel shows. Events carry the wall clock of their machine; `offsets` brings it to this tab's
 * clock, and the segments (one for each change of pace) bring that to lab time.
 */
export type ViewClock = {
  readonly segments: readonly Segment[];
  readonly offsets: ReadonlyMap<NodeId, number>;
  readonly pace: number;
  readonly paused: boolean;
  /** No node has told its pace yet. */
  readonly isGuessed: boolean;
};

const segmentsMax = 32;
/** A machine's clock that seems to have been set back by more than this is believed. */
const offsetResetMs = 5000;

export function newClock(): ViewClock {
  return { segments: [], offsets: new Map(), pace: 1, paused: false, isGuessed: true };
}

/** Lab time at a moment of this tab's clock; may lie before the first event. */
export function labAt(clock: ViewClock, localMs: number): number {
  const { segments } = clock;
  for (let i = segments.length - 1; i >= 0; i--) {
    const segment = segments[i];
    if (segment !== undefined && (segment.localMs <= localMs || i === 0)) {
      return segment.labMs + (localMs - segment.localMs) * segment.rate;
    }
  }
  return 0;
}

/** The moment of this tab's clock at which an event of `node` happened. */
export function localAt(clock: ViewClock, node: NodeId, wallMs: number): number {
  return wallMs + (clock.offsets.get(node) ?? 0);
}

/** Learns from a batch how far each machine's clock is off: the least delay seen is taken for none. */
export function withOffsets(
  clock: ViewClock,
  events: readonly { readonly node: NodeId; readonly wallMs: number }[],
  nowMs: number,
): ViewClock {
  const best = new Map<NodeId, number>();
  for (const event of events) {
    const offset = nowMs - event.wallMs;
    if (offset < (best.get(event.node) ?? Number.POSITIVE_INFINITY)) best.set(event.node, offset);
  }
  let offsets: Map<NodeId, number> | null = null;
  for (const [node, offset] of best) {
    const known = clock.offsets.get(node);
    if (known !== undefined && offset >= known && offset < known + offsetResetMs) continue;
    offsets ??= new Map(clock.offsets);
    offsets.set(node, offset);
  }
  return offsets === null ? clock : { ...clock, offsets };
}

/** Starts lab time at `localMs`, at real time until a node tells its pace. */
export function startedAt(clock: ViewClock, localMs: number): ViewClock {
  return clock.segments.length > 0 ? clock : { ...clock, segments: [{ localMs, labMs: 0, rate: 1 }] };
}

/** The pace changes at `localMs`. A change that is older than the last one is ignored. */
export function withPace(clock: ViewClock, localMs: number, pace: number, paused: boolean): ViewClock {
  const last = clock.segments.at(-1);
  if (!clock.isGuessed && clock.pace === pace && clock.paused === paused) return clock;
  if (!clock.isGuessed && last !== undefined && localMs < last.localMs) return clock;
  const segment = { localMs, labMs: labAt(clock, localMs), rate: paused ? 0 : pace };
  const before = clock.isGuessed ? [] : clock.segments;
  return { ...clock, pace, paused, isGuessed: false, segments: [...before, segment].slice(-segmentsMax) };
}
