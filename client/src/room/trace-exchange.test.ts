import { everything, Recorder, type TraceBody, type TraceEvent } from '@quorate/shared/trace';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { reduce } from '../views/model/reduce.js';
import { emptyView, type ViewState } from '../views/model/state.js';
import { notShown } from '../views/model/tallies.js';
import type { News } from './messages.js';
import type { SystemPlane } from './system-plane.js';
import { TraceExchange } from './trace-exchange.js';

const run = 'raft-1-x';
const [node, viewer] = ['node'.padEnd(26, 'a'), 'viewer'.padEnd(26, 'a')];

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** One tab's exchange: what it spread, and how often its lab was to give a keyframe. */
function exchange(self: string, giveKeyframe: () => void = () => undefined) {
  const spread: News[] = [];
  const peers = new Set<string>();
  const plane: Pick<SystemPlane, 'peers' | 'spread' | 'refuse'> = {
    peers,
    spread: (message) => spread.push(message),
    refuse: () => undefined,
  };
  const made = new TraceExchange({
    self,
    mesh: { send: () => 'sent', on: () => () => undefined },
    plane: () => plane as SystemPlane,
    run: () => run,
    tabCount: () => 2,
    isKnown: () => true,
    giveKeyframe,
  });
  return { made, spread, peers };
}

const state = (reign: number): TraceBody => ({
  type: 'state',
  observation: {
    role: 'leader',
    reign,
    leader: node,
    firstIndex: 1,
    lastIndex: reign,
    commitIndex: reign,
    appliedIndex: reign,
    logReigns: [[1, reign]],
    detail: {},
  },
  timers: {},
});

/** A node that tells, a tab that watches, and the batches between them, which a test hands on or loses. */
function setUp() {
  const recorder = new Recorder({
    node,
    life: 1,
    wallMs: () => performance.now(),
    nowMs: () => performance.now(),
    limits: { ...everything, eventsBurst: 5, eventsPerSecond: 0 },
  });
  recorder.open(run);
  let newest = state(0);
  const record = (body: TraceBody): void => {
    if (body.type === 'state') newest = body;
    recorder.record(run, 'server', 0, body);
  };
  const teller = exchange(node, () => {
    if (newest.type !== 'state') return;
    const { observation, timers } = newest;
    record({ type: 'keyframe', observation, timers, digest: null, pace: 1, paused: false });
  });
  teller.peers.add(viewer);
  teller.made.keyframeSoon();
  const watcher = exchange(viewer);
  let view: ViewState = emptyView(run);
  watcher.made.telemetry.on((events: readonly TraceEvent[]) => {
    view = reduce(view, { run, events, nowMs: performance.now() });
  });
  /** What the node has recorded goes to the watcher, or is lost; then what the watcher says goes to the node. */
  const flush = (isLost = false): void => {
    teller.made.own(recorder.flush(0), {});
    for (const message of teller.spread.splice(0))
      if (!isLost && message.type === 'trace') watcher.made.hear(node, structuredClone(message));
    for (const message of watcher.spread.splice(0))
      if (message.type === 'wantKeyframe') teller.made.wanted(message.node);
  };
  const seenReign = (): number | undefined => view.nodes.get(node)?.observation?.reign;
  return { record, flush, seenReign, view: () => view, watcher };
}

test('a lost batch shows in the numbers, a keyframe is asked for, and the picture is right again', () => {
  const { record, flush, seenReign, view } = setUp();
  vi.advanceTimersByTime(2_000);
  flush();
  record(state(1));
  flush();
  expect(seenReign()).toBe(1);
  for (let i = 0; i < 8; i++) record({ type: 'timerFired', timer: 'heartbeat' });
  record(state(2));
  flush(true);
  expect(seenReign()).toBe(1);
  record({ type: 'role', role: 'leader', reign: 2, leader: node });
  flush();
  expect(seenReign()).toBe(1);
  vi.advanceTimersByTime(2_000);
  flush();
  expect(seenReign()).toBe(2);
  // Nine were lost with the batch, of which its node had left out three by itself: the watcher counts them all.
  expect(notShown(view().tallies)).toEqual({ events: 9, proofs: 0 });
});

test('a keyframe that is lost itself is asked for again, with the next batch', () => {
  const { record, flush, seenReign } = setUp();
  vi.advanceTimersByTime(2_000);
  flush();
  record(state(1));
  flush();
  record(state(2));
  flush(true);
  record({ type: 'pace', pace: 1, paused: false });
  flush();
  vi.advanceTimersByTime(1_500);
  flush(true);
  for (let i = 0; i < 3; i++) {
    record({ type: 'pace', pace: 1, paused: false });
    flush();
    vi.advanceTimersByTime(1_500);
  }
  expect(seenReign()).toBe(2);
});

test('nothing is told where nobody is linked, and one keyframe opens for all who come at the same time', () => {
  const given = vi.fn();
  const { made, spread, peers } = exchange(node, given);
  made.own([], { fault: 1 });
  expect(spread).toEqual([]);
  peers.add(viewer);
  made.keyframeSoon();
  made.keyframeSoon();
  vi.advanceTimersByTime(1_000);
  expect(given).toHaveBeenCalledTimes(1);
  made.own([], { fault: 1 });
  expect(spread).toEqual([{ type: 'trace', events: [], touched: { fault: 1 } }]);
  peers.delete(viewer);
  made.own([], { fault: 2 });
  expect(spread).toHaveLength(1);
});
