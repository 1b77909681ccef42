import type { Observation } from '@quorate/shared/core';
import type { TraceBody, TraceEvent } from '@quorate/shared/trace';
import { describe, expect, it } from 'vitest';
import { labAt } from './clock.js';
import { inboxOf, reduce } from './reduce.js';
import { emptyView, flightsMax, happenedMax, landedMax, type ViewState } from './state.js';
import { notShown } from './tallies.js';

const observation: Observation = {
  role: 'follower',
  reign: 3,
  leader: 'b',
  firstIndex: 1,
  lastIndex: 5,
  commitIndex: 4,
  appliedIndex: 4,
  logReigns: [[1, 3]],
  detail: {},
};
const info = { kind: 'AppendEntries', reign: 3, entries: 1, summary: {} };

let seq = 0;
function event(node: string, body: TraceBody, at: Partial<TraceEvent> = {}): TraceEvent {
  seq += 1;
  const where = {
    node,
    life: 1,
    seq,
    count: seq,
    run: 'r1',
    instance: 'server',
    clock: seq,
    atMs: 0,
    wallMs: 1000,
  };
  return { ...body, ...where, ...at } as TraceEvent;
}

function feed(state: ViewState, events: readonly TraceEvent[], nowMs = 1000): ViewState {
  return reduce(state, { run: 'r1', events, nowMs });
}

const keyframe = (pace: number, paused = false): TraceBody => ({
  type: 'keyframe',
  observation,
  digest: 'd',
  timers: {},
  pace,
  paused,
});

describe('the reduction of trace events', () => {
  it('gives equal states for equal inputs and leaves the state before as it was', () => {
    const start = feed(emptyView('r1'), [event('a', keyframe(1))]);
    const frozen = structuredClone(start);
    const next = [event('a', { type: 'sent', message: 'a:1:1', to: 'b', info, bytes: 9 })];
    expect(feed(start, next)).toEqual(feed(start, next));
    expect(start).toEqual(frozen);
  });

  it('keeps what did not change as the same object', () => {
    const start = feed(emptyView('r1'), [event('a', keyframe(1)), event('b', keyframe(1))]);
    const after = feed(start, [event('a', { type: 'state', observation, timers: {} })]);
    expect(after.nodes.get('b')).toBe(start.nodes.get('b'));
    expect(after.nodes.get('a')).not.toBe(start.nodes.get('a'));
  });

  it('ignores events of another run and starts anew with a new run', () => {
    const start = feed(emptyView('r1'), [event('a', keyframe(1))]);
    expect(feed(start, [event('c', keyframe(1), { run: 'r0' })]).nodes.has('c')).toBe(false);
    expect(reduce(start, { run: 'r2', events: [], nowMs: 1 }).nodes.size).toBe(0);
  });

  it('leads a message from sent over waiting to delivered', () => {
    const sent = event('a', { type: 'sent', message: 'm', to: 'b', info, bytes: 9 });
    const arrived = event('b', { type: 'arrived', message: 'm', from: 'a', info, dueAtMs: 40 }, { atMs: 10 });
    const delivered = event('b', { type: 'delivered', message: 'm', from: 'a', info }, { wallMs: 1040 });
    const waiting = feed(feed(emptyView('r1'), [event('a', keyframe(1)), sent]), [arrived]);
    expect(inboxOf(waiting, 'b').map((flight) => flight.id)).toEqual(['m']);
    expect(waiting.flights.get('m')?.endMs).toBe(30);
    const done = feed(waiting, [delivered]);
    expect(done.flights.size).toBe(0);
    expect(done.landed.map((flight) => [flight.end, flight.from, flight.to])).toEqual([
      ['delivered', 'a', 'b'],
    ]);
  });

  it('ends a lost message with its reason, never before it was sent', () => {
    const sent = event('a', { type: 'sent', message: 'm', to: 'b', info, bytes: 9 }, { wallMs: 1000 });
    const lost = event(
      'b',
      { type: 'lost', message: 'm', from: 'a', to: 'b', reason: 'cut' },
      { wallMs: 990 },
    );
    const [flight] = feed(emptyView('r1'), [sent, lost]).landed;
    expect(flight?.reason).toBe('cut');
    expect(flight?.endMs).toBeGreaterThanOrEqual(flight?.sentMs ?? Number.POSITIVE_INFINITY);
  });

  it('loses what waited in the inbox of a node that crashes', () => {
    const arrived = event('b', { type: 'arrived', message: 'm', from: 'a', info, dueAtMs: 40 });
    const view = feed(emptyView('r1'), [arrived, event('b', { type: 'crashed', why: 'closed' })]);
    expect(inboxOf(view, 'b')).toEqual([]);
    expect(view.landed[0]?.reason).toBe('crashed');
    expect(view.nodes.get('b')?.lab).toBe('crashed');
  });

  it('does not let a late event of an earlier life raise the dead', () => {
    const later = { life: 2 };
    const crashed = event('a', { type: 'crashed', why: 'closed' }, later);
    const view = feed(emptyView('r1'), [event('a', keyframe(1), later), crashed]);
    const after = feed(view, [event('a', { type: 'state', observation, timers: {} })]);
    expect(after.nodes.get('a')?.lab).toBe('crashed');
  });

  it('tells a crash once, when the room knows of it and the killed node could not tell', () => {
    const timers = { election: { setAtMs: 0, dueAtMs: 200 } };
    const start = feed(emptyView('r1'), [event('a', { ...keyframe(1), timers } as TraceBody)]);
    const gone = reduce(start, { run: 'r1', events: [], nowMs: 1500, down: ['a'] });
    expect(gone.nodes.get('a')).toMatchObject({ lab: 'crashed', timers: {}, sinceMs: 500 });
    const told = event('a', { type: 'crashed', why: 'closed' }, { wallMs: 1600 });
    const again = reduce(gone, { run: 'r1', events: [told], nowMs: 1600, down: ['a'] });
    expect(again.happened.filter((item) => item.code === 'crashed')).toHaveLength(1);
    const back = event('a', { type: 'started', recovered: true }, { life: 2, wallMs: 1700 });
    const up = reduce(again, { run: 'r1', events: [back], nowMs: 1700, down: ['a'] });
    expect(up.nodes.get('a')?.lab).toBe('running');
  });

  it('takes observations from the server instance alone', () => {
    const client = event('a', keyframe(1), { instance: 'client' });
    expect(feed(emptyView('r1'), [client]).nodes.get('a')?.observation ?? null).toBeNull();
  });

  it('stops lab time while paused and scales it by the pace', () => {
    const slow = feed(emptyView('r1'), [event('a', keyframe(0.1))]);
    expect(labAt(slow.clock, 1500) - labAt(slow.clock, 1000)).toBeCloseTo(50);
    const pause = event('a', { type: 'pace', pace: 0.1, paused: true }, { wallMs: 2000 });
    const paused = feed(slow, [pause], 2000);
    expect(labAt(paused.clock, 9000)).toBe(labAt(paused.clock, 2000));
  });

  it('shows timers on the clock that all panels share', () => {
    const timers = { election: { setAtMs: 500, dueAtMs: 700 } };
    const state = event('a', { type: 'state', observation, timers }, { atMs: 600, wallMs: 1000 });
    const view = feed(feed(emptyView('r1'), [event('a', keyframe(1))]), [state]);
    const now = labAt(view.clock, 1000);
    expect(view.nodes.get('a')?.timers['election']).toEqual({ setMs: now - 100, dueMs: now + 100 });
  });

  it('brings machines whose clocks differ onto one clock', () => {
    const view = feed(emptyView('r1'), [
      event('a', keyframe(1), { wallMs: 1000 }),
      event('b', keyframe(1), { wallMs: 900_000 }),
    ]);
    const crashes = ['a', 'b'].map((node, i) =>
      event(node, { type: 'crashed', why: 'x' }, { wallMs: i === 0 ? 1250 : 900_250 }),
    );
    const after = feed(view, crashes, 1250);
    expect(after.nodes.get('a')?.sinceMs).toBe(after.nodes.get('b')?.sinceMs);
  });

  it('joins followers of one leader into one sentence and counts repeated notes', () => {
    const follows: TraceBody = { type: 'role', role: 'follower', reign: 3, leader: 'c' };
    const note: TraceBody = { type: 'note', code: 'vote-refused', data: { to: 'c' } };
    const view = feed(emptyView('r1'), [
      event('a', follows),
      event('b', follows),
      event('a', note),
      event('a', note),
    ]);
    expect(view.happened.map((item) => [item.code, item.count])).toEqual([
      ['role:follower', 2],
      ['note:vote-refused', 2],
    ]);
    expect(view.happened[0]?.data['nodes']).toBe('a b');
  });

  it('says the refusals of one election in one sentence, and the tries of a node that can’t win in one', () => {
    const refused = (reason: string): TraceBody => ({
      type: 'note',
      code: 'pre-vote-refused',
      data: { to: 'c', term: 4, reason },
    });
    const tries: TraceBody = { type: 'role', role: 'pre-candidate', reign: 3, leader: null };
    const lost: TraceBody = { type: 'note', code: 'pre-vote-not-won', data: { term: 3, yes: 1, no: 2 } };
    const round = (wallMs: number) => [
      event('c', tries, { wallMs }),
      event('a', refused('log-older'), { wallMs }),
      event('b', refused('log-older'), { wallMs }),
      event('d', refused('leader-heard'), { wallMs }),
      event('c', lost, { wallMs }),
    ];
    const view = feed(emptyView('r1'), [1000, 5000, 9000].flatMap(round), 9000);
    expect(view.happened.map((item) => [item.code, item.count, item.data['nodes']])).toEqual([
      ['role:pre-candidate', 3, 'c'],
      ['note:pre-vote-refused', 6, 'a b'],
      ['note:pre-vote-refused', 3, 'd'],
      ['note:pre-vote-not-won', 3, undefined],
    ]);
  });

  it('says who suspects a node in one sentence, and a later suspicion in another', () => {
    const suspects: TraceBody = {
      type: 'note',
      code: 'node-suspected',
      data: { node: 'd', incarnation: 1, hearsay: false },
    };
    const start = ['a', 'b', 'c'].map((node) => event(node, keyframe(1)));
    const said = (
      [
        ['a', 1_000],
        ['b', 2_000],
        ['c', 3_000],
        ['a', 4_000],
        ['b', 20_000],
      ] as const
    ).map(([node, wallMs]) => event(node, suspects, { instance: 'detector', wallMs }));
    const view = said.reduce(
      (state, one) => feed(state, [one], one.wallMs),
      feed(emptyView('r1'), start, 1_000),
    );
    expect(view.happened.map((item) => [item.code, item.data['nodes']])).toEqual([
      ['note:node-suspected', 'a b c'],
      ['note:node-suspected', 'a'],
      ['note:node-suspected', 'b'],
    ]);
  });

  it('says nothing of the beginning and the end of what a server stands on', () => {
    const role: TraceBody = { type: 'role', role: 'detector', reign: 0, leader: null };
    const bodies: readonly TraceBody[] = [{ type: 'started', recovered: false }, role, { type: 'stopped' }];
    const events = bodies.map((body) => event('a', body, { instance: 'detector' }));
    expect(feed(emptyView('r1'), events).happened).toEqual([]);
  });

  it('counts the protocol’s messages a second, not the heartbeats of the failure detector below', () => {
    const sent = (instance: string, message: string) =>
      event('a', { type: 'sent', message, to: 'b', info, bytes: 9 }, { instance });
    const all = [sent('server', 'm'), sent('detector', 'p'), sent('detector', 'q')];
    expect(feed(emptyView('r1'), all, 1_000).traffic.perSecond).toBe(1);
  });

  it('knows in which of a node’s inboxes a message waits', () => {
    const sent = event('a', { type: 'sent', message: 'm', to: 'b', info, bytes: 9 }, { instance: 'client' });
    const arrived = event('b', { type: 'arrived', message: 'm', from: 'a', info, dueAtMs: 30 });
    const view = feed(emptyView('r1'), [sent, arrived]);
    expect(inboxOf(view, 'b').map(({ instance }) => instance)).toEqual(['server']);
  });

  it('says nothing of the roles of clients', () => {
    const role: TraceBody = { type: 'role', role: 'client', reign: 0, leader: 'b' };
    expect(feed(emptyView('r1'), [event('a', role, { instance: 'client' })]).happened).toEqual([]);
  });

  it('bounds everything it keeps', () => {
    const many = Array.from({ length: 5000 }, (_, i) => [
      event('a', { type: 'sent', message: `s${i}`, to: 'b', info, bytes: 1 }),
      event('a', { type: 'sent', message: `d${i}`, to: 'b', info, bytes: 1 }),
      event('b', { type: 'delivered', message: `d${i}`, from: 'a', info }),
      event('a', { type: 'note', code: `code-${i}`, data: {} }),
    ]).flat();
    const view = feed(emptyView('r1'), many);
    expect(view.flights.size).toBe(flightsMax);
    expect(view.landed.length).toBe(landedMax);
    expect(view.happened.length).toBe(happenedMax);
  });

  it('shows no message for ever whose end was left out, in a pause neither; what waits in an inbox stays', () => {
    const arrived: TraceBody = { type: 'arrived', message: 'm2', from: 'a', info, dueAtMs: 50 };
    const view = feed(emptyView('r1'), [
      event('a', keyframe(1, true)),
      event('a', { type: 'sent', message: 'm1', to: 'b', info, bytes: 1 }),
      event('b', arrived),
    ]);
    expect([...feed(view, [], 2000).flights.keys()]).toEqual(['m1', 'm2']);
    expect([...feed(view, [], 9000).flights.keys()]).toEqual(['m2']);
  });

  it('counts what was left out, by the numbers of each life, whatever way they came', () => {
    const role: TraceBody = { type: 'role', role: 'leader', reign: 1, leader: 'a' };
    const view = feed(emptyView('r1'), [
      // Who comes late sees at once how much there has been.
      event('a', keyframe(1), { count: 40 }),
      event('a', { type: 'gap', missing: 6, proofs: 0 }, { count: 50 }),
      event('a', { type: 'timerFired', timer: 'election' }, { count: 51 }),
      event('b', { type: 'timerFired', timer: 'election' }, { count: 3, life: 7 }),
      event('b', { type: 'timerFired', timer: 'election' }, { count: 1, life: 8 }),
    ]);
    expect(notShown(view.tallies)).toEqual({ events: 52, proofs: 0 });
    const later = feed(view, [
      event('a', role, { count: 2, proof: 1 }),
      event('b', role, { count: 2, proof: 1, life: 7 }),
    ]);
    expect(notShown(later.tallies)).toEqual({ events: 50, proofs: 0 });
  });

  it('says how much of what can prove a broken rule is lost, on the way or at its node', () => {
    const applied: TraceBody = { type: 'applied', first: 1, last: 1, digest: 'd' };
    const view = feed(emptyView('r1'), [
      event('a', applied, { count: 1, proof: 1 }),
      event('a', applied, { count: 5, proof: 5 }),
      event('a', { type: 'gap', missing: 2, proofs: 2 }, { count: 7, proof: 6 }),
    ]);
    expect(notShown(view.tallies)).toEqual({ events: 5, proofs: 5 });
  });

  it('takes what was told of an earlier life late for what it is: it changes nothing of the node that is', () => {
    const delivery = { type: 'delivery', origin: 'b', incarnation: 1, bytes: 1, digest: 'd' } as const;
    const told = (sequence: number, isRecovered: boolean): TraceBody => ({
      ...delivery,
      sequence,
      preview: `${sequence}`,
      isRecovered,
    });
    const view = feed(emptyView('r1'), [
      event('a', { type: 'started', recovered: true }, { life: 2 }),
      event('a', told(1, true), { life: 2 }),
      event('a', told(3, false), { life: 2 }),
      event('a', told(1, false)),
      event('a', told(2, false)),
      event('a', { type: 'crashed', why: 'a rule of its own broke' }),
    ]);
    expect(view.nodes.get('a')?.lab).toBe('running');
    expect(view.deliveries.get('a')?.shown.map(({ preview }) => preview)).toEqual(['1', '2', '3']);
  });

  it('shows no node as running for a start of which it hears late, when its tab is gone', () => {
    const down = { run: 'r1', nowMs: 1000, down: ['a'] };
    const start = reduce(emptyView('r1'), { ...down, events: [] });
    const view = reduce(start, { ...down, events: [event('a', { type: 'started', recovered: false })] });
    expect(view.nodes.get('a')?.lab).toBe('crashed');
  });

  it('puts a sentence of which it hears late among what was said at its time', () => {
    const role = (reign: number): TraceBody => ({ type: 'role', role: 'leader', reign, leader: 'a' });
    const view = feed(emptyView('r1'), [
      event('a', role(3), { wallMs: 60_000 }),
      event('a', role(4), { wallMs: 90_000 }),
      event('a', role(1), { wallMs: 20_000 }),
      event('a', role(2), { wallMs: 40_000 }),
    ]);
    expect(view.happened.map(({ reign }) => reign)).toEqual([1, 2, 3, 4]);
    expect(new Set(view.happened.map(({ key }) => key)).size).toBe(4);
  });
});
