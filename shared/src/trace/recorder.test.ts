import { describe, expect, it } from 'vitest';
import { counterMax } from '../core/index.js';
import {
  everything,
  kindOf,
  Recorder,
  type RecorderOptions,
  type TraceBody,
  type TraceEvent,
} from './index.js';

const clock = { nowMs: 0 };

function makeRecorder(options: Partial<RecorderOptions> = {}): Recorder {
  clock.nowMs = 0;
  const recorder = new Recorder({
    node: 'n1',
    life: 3,
    wallMs: () => 1_000,
    nowMs: () => clock.nowMs,
    limits: everything,
    ...options,
  });
  recorder.open('r');
  return recorder;
}

/** All that waits, in the batches that it comes in. */
function batches(recorder: Recorder): (readonly TraceEvent[])[] {
  const all: (readonly TraceEvent[])[] = [];
  do all.push(recorder.flush(9));
  while (recorder.waits);
  return all;
}

const atMost = (events: number) => ({ ...everything, eventsBurst: events, eventsPerSecond: 0 });

const note: TraceBody = { type: 'note', code: 'a-note', data: {} };
const role: TraceBody = { type: 'role', role: 'leader', reign: 1, leader: 'n1' };

describe('the trace recorder', () => {
  it('numbers events from 1 without holes, across flushes', () => {
    const recorder = makeRecorder();
    recorder.record('r', 'server', 0, note);
    recorder.record('r', 'server', 1, role);
    const first = recorder.flush(1);
    recorder.record('r', 'server', 2, note);
    const second = recorder.flush(2);
    expect([...first, ...second].map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(recorder.flush(3)).toEqual([]);
  });

  it('tells what is applied after a keyframe after it, since the keyframe tells the digest of before', () => {
    const recorder = makeRecorder({ limits: { ...everything, piecesMax: 64 } });
    recorder.record('r', 'server', 0, { type: 'applied', first: 1, last: 1, digest: 'd1' });
    const keyframe: TraceBody = {
      type: 'keyframe',
      observation: null,
      timers: {},
      digest: 'd1',
      pace: 1,
      paused: false,
    };
    recorder.record('r', 'server', 1, keyframe);
    recorder.record('r', 'server', 2, { type: 'applied', first: 2, last: 2, digest: 'd2' });
    const told = recorder.flush(3);
    expect(told.map((event) => ('digest' in event ? event.digest : event.type))).toEqual(['d1', 'd1', 'd2']);
  });

  it('has room for notes, however many messages went by, and for so many notes and no more', () => {
    const recorder = makeRecorder({ limits: atMost(2) });
    const fired: TraceBody = { type: 'timerFired', timer: 'heartbeat' };
    for (let i = 0; i < 5; i++) recorder.record('r', 'detector', i, fired);
    for (let i = 0; i < 3; i++) recorder.record('r', 'detector', i, note);
    const kept = recorder.flush(9);
    expect(kept.map(({ type }) => type)).toEqual(['timerFired', 'timerFired', 'note', 'note', 'gap']);
    expect(kept.at(-1)).toMatchObject({ missing: 4 });
  });

  it('stamps each event with who, in which life, where and when', () => {
    const recorder = makeRecorder();
    recorder.record('r', 'server', 12, note);
    expect(recorder.flush(20)).toEqual([
      {
        ...note,
        node: 'n1',
        life: 3,
        seq: 1,
        count: 1,
        run: 'r',
        instance: 'server',
        clock: 0,
        atMs: 12,
        wallMs: 1_000,
      },
    ]);
  });

  it("raises its Lamport clock by one on a send, and beyond the message's on a receipt", () => {
    const recorder = makeRecorder();
    expect(recorder.tick()).toBe(1);
    expect(recorder.merge(10)).toBe(11);
    expect(recorder.merge(4)).toBe(12);
    expect(recorder.tick()).toBe(13);
  });

  it('keeps a clock that others take, whatever a peer says of its own', () => {
    const recorder = makeRecorder();
    expect(recorder.merge(counterMax)).toBe(counterMax);
    expect(recorder.tick()).toBe(counterMax);
  });

  it('gives what is received a later clock than what was sent', () => {
    const sender = makeRecorder();
    const receiver = makeRecorder();
    receiver.merge(sender.tick());
    receiver.record('r', 'server', 0, note);
    sender.record('r', 'server', 0, note);
    const clockOf = (recorder: Recorder): number => recorder.flush(0)[0]?.clock ?? Number.NaN;
    expect(clockOf(receiver)).toBeGreaterThan(clockOf(sender));
  });

  it('leaves out noise over its allowance, counts it by run, and tells how much in a gap at the end', () => {
    const recorder = makeRecorder({ limits: atMost(3) });
    recorder.open('s');
    for (let i = 0; i < 5; i++) recorder.record('r', 'server', i, note);
    recorder.record('s', 'server', 5, note);
    recorder.record('of no run that began here', 'server', 5, note);
    expect(recorder.flush(9)).toMatchObject([
      { type: 'note', run: 'r', count: 1 },
      { type: 'note', run: 'r', count: 2 },
      { type: 'note', run: 'r', count: 3 },
      { type: 'gap', missing: 1, proofs: 0, run: '', count: 1 },
      { type: 'gap', missing: 2, proofs: 0, run: 'r', count: 5 },
      { type: 'gap', missing: 1, proofs: 0, run: 's', count: 1 },
    ]);
  });

  it('allows so much a second of real time, and saves up a burst and no more', () => {
    const recorder = makeRecorder({ limits: { ...everything, eventsPerSecond: 10, eventsBurst: 20 } });
    const told = (): number => {
      for (let i = 0; i < 100; i++) recorder.record('r', 'server', i, note);
      return recorder.flush(9).filter(({ type }) => type === 'note').length;
    };
    expect(told()).toBe(20);
    clock.nowMs = 500;
    expect(told()).toBe(5);
    clock.nowMs = 1_000_000;
    expect(told()).toBe(20);
    recorder.limit({ ...everything, eventsPerSecond: 1, eventsBurst: 2 });
    clock.nowMs = 2_000_000;
    expect(told()).toBe(2);
  });

  it('bounds the bytes a second as well', () => {
    const long: TraceBody = { type: 'note', code: 'a-note', data: { text: 'x'.repeat(1_000) } };
    const recorder = makeRecorder({ limits: { ...everything, bytesPerSecond: 2_500, bytesBurst: 5_000 } });
    for (let i = 0; i < 100; i++) recorder.record('r', 'server', i, long);
    expect(recorder.flush(9).filter(({ type }) => type === 'note')).toHaveLength(4);
    clock.nowMs = 1_000;
    for (let i = 0; i < 100; i++) recorder.record('r', 'server', i, long);
    expect(recorder.flush(9).filter(({ type }) => type === 'note')).toHaveLength(2);
  });

  it('tells every proof, numbered and in order, however much noise there is: 100,000 events in one second', () => {
    const recorder = makeRecorder({ limits: { ...everything, eventsPerSecond: 240, eventsBurst: 240 } });
    const told: TraceEvent[] = [];
    for (let i = 1; i <= 100_000; i++) {
      clock.nowMs = i / 100;
      recorder.record('r', 'server', i, note);
      if (i % 50 === 0)
        recorder.record('r', 'server', i, { type: 'applied', first: i, last: i, digest: `d${i}` });
      if (i % 20_000 === 0) told.push(...recorder.flush(i));
    }
    told.push(...batches(recorder).flat());
    const proofs = told.filter(({ proof }) => proof !== undefined);
    expect(proofs.map((event) => event.type === 'applied' && event.digest)).toEqual(
      Array.from({ length: 2_000 }, (_, i) => `d${(i + 1) * 50}`),
    );
    expect(proofs.map(({ proof }) => proof)).toEqual(proofs.map((_, i) => i + 1));
    const notes = told.filter(({ type }) => type === 'note').length;
    expect(notes).toBeLessThanOrEqual(480);
    expect(told.reduce((sum, event) => sum + (event.type === 'gap' ? event.missing : 0), 0)).toBe(
      100_000 - notes,
    );
    expect(told.at(-1)?.count).toBe(102_000);
    expect(told.map(({ seq }) => seq)).toEqual(told.map((_, i) => i + 1));
  });

  it('hands on at most so many proofs in a batch, and the others in the next ones', () => {
    const recorder = makeRecorder({ proofsPerFlushMax: 4 });
    for (let i = 0; i < 10; i++) {
      recorder.record('r', 'server', i, role);
      recorder.record('r', 'server', i, note);
    }
    const sizes = batches(recorder).map((batch) => batch.filter(({ proof }) => proof !== undefined).length);
    expect(sizes).toEqual([4, 4, 2]);
    expect(recorder.flush(9)).toEqual([]);
  });

  it('tells what was committed in pieces right after each other together, with each digest, as one event', () => {
    const applied = (first: number, last: number): TraceBody => ({
      type: 'applied',
      first,
      last,
      digest: `d${last}`,
    });
    const recorder = makeRecorder({ limits: { ...everything, piecesMax: 3 } });
    for (const body of [
      applied(1, 1),
      note,
      applied(2, 4),
      applied(5, 5),
      applied(6, 6),
      role,
      applied(7, 7),
    ])
      recorder.record('r', 'server', 0, body);
    const first = recorder.flush(9);
    recorder.record('r', 'server', 0, applied(8, 8));
    recorder.record('r', 'client', 0, applied(9, 9));
    recorder.record('r', 'server', 0, applied(20, 20));
    const told = [...first, ...recorder.flush(9)];
    expect(told).toMatchObject([
      {
        first: 1,
        last: 5,
        digest: 'd5',
        earlier: [
          [1, 'd1'],
          [4, 'd4'],
        ],
        count: 1,
        proof: 1,
      },
      { type: 'note', count: 2 },
      { first: 6, last: 6, count: 3, proof: 2 },
      { type: 'role', count: 4, proof: 3 },
      { first: 7, last: 7, count: 5, proof: 4 },
      { first: 8, last: 8, count: 6, proof: 5 },
      { first: 9, last: 9, count: 7, proof: 6 },
      { first: 20, last: 20, count: 8, proof: 7 },
    ]);
  });

  it('says where more proofs were lost than can wait, since no verdict is complete then', () => {
    const recorder = makeRecorder({ proofsPerFlushMax: 2, proofsWaitingMax: 3 });
    for (let i = 0; i < 5; i++) recorder.record('r', 'server', i, role);
    const first = recorder.flush(9);
    recorder.record('r', 'server', 6, role);
    expect([...first, ...batches(recorder).flat()]).toMatchObject([
      { type: 'role', proof: 1 },
      { type: 'role', proof: 2 },
      { type: 'role', proof: 3 },
      { type: 'gap', missing: 2, proofs: 2, proof: 4, count: 5 },
      { type: 'role', proof: 5, count: 6 },
    ]);
  });

  it('counts each run for itself, from its own beginning, and a run that goes on counts on', () => {
    const recorder = makeRecorder();
    recorder.record('r', 'server', 0, role);
    recorder.open('s');
    recorder.record('s', 'server', 0, role);
    recorder.open('r');
    recorder.record('r', 'server', 0, role);
    expect(recorder.flush(9).map(({ run, count, proof }) => `${run} ${count} ${proof}`)).toEqual([
      'r 1 1',
      's 1 1',
      'r 2 2',
    ]);
  });

  it('tells what was left out before a keyframe in front of it, and counts neither as something that happened', () => {
    const recorder = makeRecorder({ limits: atMost(0) });
    recorder.record('r', 'server', 0, note);
    const nothing = { observation: null, digest: null, timers: {}, pace: 1, paused: false } as const;
    recorder.record('r', 'server', 0, { type: 'keyframe', ...nothing });
    expect(recorder.flush(9)).toMatchObject([
      { type: 'gap', missing: 1, count: 1 },
      { type: 'keyframe', count: 1 },
    ]);
  });

  it('takes lives, reigns, votes, applications, deliveries and installed snapshots for proofs, traffic for noise', () => {
    const kinds = (...types: TraceBody['type'][]): string[] =>
      types.map((type) => kindOf({ type, proofs: 0 } as TraceBody));
    expect(new Set(kinds('role', 'applied', 'delivery', 'started', 'stopped', 'crashed'))).toEqual(
      new Set(['proof']),
    );
    expect(new Set(kinds('keyframe', 'state', 'pace', 'snapshot', 'gap'))).toEqual(new Set(['picture']));
    expect(
      new Set(
        kinds('sent', 'arrived', 'delivered', 'touched', 'lost', 'timerFired', 'persisted', 'note', 'peer'),
      ),
    ).toEqual(new Set(['noise']));
    expect(kindOf({ type: 'gap', missing: 1, proofs: 1 })).toBe('proof');
    expect(kindOf({ type: 'note', code: 'vote-granted', data: {}, proves: true })).toBe('proof');
    expect(kindOf({ type: 'snapshot', phase: 'installed', index: 1, peer: null, bytes: 1 })).toBe('proof');
  });
});
