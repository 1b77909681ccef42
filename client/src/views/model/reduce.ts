import { type NodeId, type RunId, serverInstance } from '@quorate/shared/core';
import type { RunningTimer, TraceEvent } from '@quorate/shared/trace';
import { isAside } from './aside.js';
import { labAt, localAt, startedAt, withOffsets, withPace } from './clock.js';
import { withDelivery } from './deliveries.js';
import { Flights, hasGone } from './flights.js';
import { happening, withHappening } from './happened.js';
import { withCopy } from './spreads.js';
import {
  emptyView,
  type Flight,
  type NodeView,
  type ReignSpan,
  reignSpansMax,
  type Traffic,
  type ViewState,
  type ViewTimer,
} from './state.js';
import { count, type Tallies } from './tallies.js';

/** A batch of trace events as it reached this tab at `nowMs` of its clock; `run` is the room's current run, if known. */
export type ViewInput = {
  readonly run: RunId | null;
  readonly events: readonly TraceEvent[];
  readonly nowMs: number;
  /** Nodes that the room knows to be gone: a node that was killed could not record it. */
  readonly down?: readonly NodeId[];
};

/**
 * The next view state. Pure: equal states and inputs give equal states. What did not change is the same object as before,
 * so that a view can skip it. Events of another run are ignored; a new run starts an empty view.
 */
export function reduce(before: ViewState, input: ViewInput): ViewState {
  const isNewRun = input.run !== null && input.run !== before.run;
  const start = isNewRun ? emptyView(input.run) : before;
  const run = start.run ?? input.events[0]?.run ?? null;
  const events = input.events.filter((event) => event.run === run);
  const down = input.down ?? [];
  const isSame = down.length === start.down.size && down.every((node) => start.down.has(node));
  if (events.length === 0 && isSame && !hasGone(start.flights, input.nowMs))
    return start.run === run ? start : { ...start, run };
  const draft = new Draft(
    { ...start, run, clock: withOffsets(start.clock, events, input.nowMs) },
    input.nowMs,
  );
  for (const event of events) draft.take(event);
  if (!isSame) draft.takeDown(down);
  return draft.finish();
}

type TallyOf = Tallies extends ReadonlyMap<string, infer Tally> ? Tally : never;
type Life = { readonly node: NodeId; readonly life: number };

/** One batch's work: copies each part of the state at most once. */
class Draft {
  #state: ViewState;
  #nodes: Map<NodeId, NodeView> | null = null;
  readonly #flights: Flights;
  readonly #nowMs: number;
  #sent = 0;
  #tallies: Map<string, TallyOf> | null = null;

  constructor(state: ViewState, nowMs: number) {
    this.#state = state;
    this.#nowMs = nowMs;
    this.#flights = new Flights(state);
  }

  take(event: TraceEvent): void {
    this.#tallies ??= new Map(this.#state.tallies);
    count(this.#tallies, event);
    const localMs = localAt(this.#state.clock, event.node, event.wallMs);
    this.#takePace(event, localMs);
    const atMs = labAt(this.#state.clock, localMs);
    if (this.#takeMessage(event, atMs)) return;
    // The room may have told of the crash before the trace did.
    const wasDown = event.type === 'crashed' && this.#node(event.node)?.lab === 'crashed';
    this.#takeNode(event, atMs);
    const said = wasDown ? null : happening(event, atMs);
    if (said !== null) this.#state = withHappening(this.#state, said);
  }

  /** Who has just gone down without a word crashed now. */
  takeDown(down: readonly NodeId[]): void {
    const atMs = labAt(this.#state.clock, this.#nowMs);
    for (const id of down) {
      const node = this.#node(id);
      if (this.#state.down.has(id) || node === undefined || node.lab !== 'running') continue;
      this.#goDown({ node: id, life: node.life }, 'crashed', atMs);
      const said = { atMs, node: id, reign: 0, code: 'crashed', data: {} };
      this.#state = withHappening(this.#state, said);
    }
    this.#state = { ...this.#state, down: new Set(down) };
  }

  finish(): ViewState {
    const state = this.#state;
    return {
      ...state,
      ...this.#flights.finish(this.#nowMs, labAt(state.clock, this.#nowMs), state.clock.paused),
      nodes: this.#nodes ?? state.nodes,
      traffic: countTraffic(state.traffic, this.#sent, this.#nowMs),
      tallies: this.#tallies ?? state.tallies,
    };
  }

  #takePace(event: TraceEvent, localMs: number): void {
    const clock = startedAt(this.#state.clock, localMs);
    const tells = event.type === 'pace' || (event.type === 'keyframe' && clock.isGuessed);
    const next = tells ? withPace(clock, localMs, event.pace, event.paused) : clock;
    if (next !== this.#state.clock) this.#state = { ...this.#state, clock: next };
  }

  /** True when the event was about a message. */
  #takeMessage(event: TraceEvent, atMs: number): boolean {
    switch (event.type) {
      case 'sent':
        if (!isAside(event.instance)) this.#sent += 1;
        this.#flights.sent(event, atMs, this.#nowMs);
        return true;
      case 'arrived':
        this.#flights.arrived(event, atMs, atMs + event.dueAtMs - event.atMs, this.#nowMs);
        return true;
      case 'delivered':
        this.#flights.ended(event.message, 'delivered', atMs, null);
        this.#takeCopy(event);
        return true;
      case 'lost':
        this.#flights.ended(event.message, 'lost', atMs, event.reason);
        return true;
      case 'touched':
        this.#flights.touched(event.message, event.by);
        return true;
      default:
        return false;
    }
  }

  #takeCopy(event: TraceEvent & { readonly type: 'delivered' }): void {
    const spreads = withCopy(this.#state.spreads, event);
    if (spreads !== this.#state.spreads) this.#state = { ...this.#state, spreads };
  }

  #takeNode(event: TraceEvent, atMs: number): void {
    switch (event.type) {
      case 'keyframe':
        if (event.observation !== null && event.instance === serverInstance) {
          const { observation, digest } = event;
          this.#observe(event, atMs, { observation, digest, timers: onView(event.timers, event.atMs, atMs) });
        }
        return;
      case 'state':
        if (event.instance !== serverInstance) return;
        this.#observe(event, atMs, {
          observation: event.observation,
          timers: onView(event.timers, event.atMs, atMs),
        });
        return;
      case 'delivery':
        this.#state = { ...this.#state, deliveries: withDelivery(this.#state.deliveries, event) };
        return;
      case 'applied':
        this.#change(event, (node) => ({ ...node, digest: event.digest }));
        return;
      case 'started':
        this.#change(event, (node) => ({ ...node, ...this.#begins(node, event), sinceMs: atMs }));
        return;
      case 'stopped':
      case 'crashed':
        this.#goDown(event, event.type, atMs);
        return;
      default:
    }
  }

  /** A start of which this tab hears late is no sign that the node is there: it may have gone since. */
  #begins(node: NodeView, { node: id, life }: Life): Pick<NodeView, 'lab' | 'life'> {
    const isGone = this.#state.down.has(id) && life === node.life;
    return { lab: isGone ? node.lab : 'running', life };
  }

  #goDown(who: Life, lab: 'crashed' | 'stopped', atMs: number): void {
    if (who.life < (this.#node(who.node)?.life ?? 0)) return;
    this.#flights.inboxLost(who.node, atMs);
    this.#change(who, (node) => ({
      ...node,
      lab,
      sinceMs: atMs,
      timers: {},
      reigns: withSpan(node.reigns, atMs, null),
    }));
  }

  #observe(event: TraceEvent, atMs: number, change: Partial<NodeView>): void {
    this.#change(event, (node) => {
      const reign = change.observation?.reign ?? 0;
      return {
        ...node,
        ...change,
        lab: 'running',
        life: event.life,
        sinceMs: node.lab === 'running' ? node.sinceMs : atMs,
        reigns: withSpan(node.reigns, atMs, reign),
      };
    });
  }

  #node(id: NodeId): NodeView | undefined {
    return (this.#nodes ?? this.#state.nodes).get(id);
  }

  #newNode({ node, life }: Life): NodeView {
    const made = newNode(node, life);
    return this.#state.down.has(node) ? { ...made, lab: 'crashed' } : made;
  }

  /** An event of an earlier life, come late, changes nothing. */
  #change(event: Life, change: (node: NodeView) => NodeView): void {
    const node = this.#node(event.node) ?? this.#newNode(event);
    if (event.life < node.life) return;
    this.#nodes ??= new Map(this.#state.nodes);
    this.#nodes.set(event.node, change(node));
  }
}

/** A node of which nothing is known yet. */
export function newNode(id: NodeId, life: number): NodeView {
  const unknown = { observation: null, digest: null, timers: {}, reigns: [] };
  return { id, life, lab: 'running', sinceMs: 0, ...unknown };
}

/** A node's timers on the view's clock: the event that tells of them stands at `nodeMs` here and `viewMs` there. */
function onView(
  timers: { readonly [timer: string]: RunningTimer },
  nodeMs: number,
  viewMs: number,
): { readonly [timer: string]: ViewTimer } {
  const shift = viewMs - nodeMs;
  return Object.fromEntries(
    Object.entries(timers).map(([name, timer]) => [
      name,
      { setMs: timer.setAtMs + shift, dueMs: timer.dueAtMs + shift },
    ]),
  );
}

function withSpan(spans: readonly ReignSpan[], atMs: number, reign: number | null): readonly ReignSpan[] {
  if (spans.at(-1)?.reign === reign && spans.length > 0) return spans;
  return [...spans, { atMs, reign }].slice(-reignSpansMax);
}

function countTraffic(traffic: Traffic, sent: number, nowMs: number): Traffic {
  const counted = traffic.counted + sent;
  const elapsedMs = nowMs - traffic.sinceMs;
  if (elapsedMs < 1000) return { ...traffic, counted };
  return { sinceMs: nowMs, counted: 0, perSecond: Math.round((counted * 1000) / elapsedMs) };
}

/** Messages in `node`'s inbox, the next one due first. */
export function inboxOf(state: ViewState, node: NodeId): readonly Flight[] {
  const waiting = [...state.flights.values()].filter(
    (flight) => flight.to === node && flight.end === 'waiting',
  );
  return waiting.sort((a, b) => (a.endMs ?? 0) - (b.endMs ?? 0));
}
