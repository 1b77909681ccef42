import type { TraceEvent } from '@quorate/shared/trace';
import { describe, expect, test } from 'vitest';
import { Telemetry } from './telemetry.js';

function event(seq: number, change: Partial<Pick<TraceEvent, 'node' | 'life'>> = {}): TraceEvent {
  const at = { count: seq, clock: seq, atMs: seq, wallMs: seq };
  const envelope = { node: 'n1', life: 1, run: 'r', instance: 'server', ...at };
  return { type: 'timerFired', timer: 'election', seq, ...envelope, ...change };
}

const keyframe: TraceEvent = {
  ...event(9),
  type: 'keyframe',
  observation: null,
  digest: null,
  timers: {},
  pace: 1,
  paused: false,
};

describe('what another node tells', () => {
  test('has no gap while its numbers follow each other', () => {
    const telemetry = new Telemetry();
    expect(telemetry.heard('n1', [event(1), event(2)]).gap).toBe(false);
    expect(telemetry.heard('n1', [event(3)]).gap).toBe(false);
  });

  test('has a gap when numbers are missing, and at first sight of a node that has been telling for long', () => {
    const telemetry = new Telemetry();
    expect(telemetry.heard('n1', [event(5)]).gap).toBe(true);
    expect(telemetry.heard('n1', [{ ...keyframe, seq: 6 }]).gap).toBe(false);
    expect(telemetry.heard('n1', [event(7)]).gap).toBe(false);
    expect(telemetry.heard('n1', [event(9)]).gap).toBe(true);
  });

  test('has it until a keyframe has come: the one that was asked for may be lost as well', () => {
    const telemetry = new Telemetry();
    telemetry.heard('n1', [event(5)]);
    expect(telemetry.heard('n1', [event(6)]).gap).toBe(true);
    expect(telemetry.heard('n1', []).gap).toBe(true);
    expect(telemetry.heard('n1', [event(7), { ...keyframe, seq: 8 }, event(9)]).gap).toBe(false);
    expect(telemetry.heard('n1', [event(10)]).gap).toBe(false);
  });

  test('begins anew with a new life', () => {
    const telemetry = new Telemetry();
    telemetry.heard('n1', [event(1), event(2)]);
    expect(telemetry.heard('n1', [event(1, { life: 2 })]).gap).toBe(false);
  });

  test('has its gap closed by a keyframe', () => {
    const telemetry = new Telemetry();
    telemetry.heard('n1', [event(1)]);
    expect(telemetry.heard('n1', [keyframe]).gap).toBe(false);
  });

  test('is only about itself, and what is no event is left out, counted and named', () => {
    const telemetry = new Telemetry();
    const heard = telemetry.heard('n1', [
      event(1),
      { ...event(2), type: 'state', timers: null },
      event(2, { node: 'n2' }),
      'rubbish',
      null,
      event(3),
    ]);
    expect(telemetry.events()).toEqual([event(1), event(3)]);
    expect(heard.bad).toEqual({ count: 4, why: 'state whose observation is wrong' });
    expect(telemetry.heard('n1', [event(4)]).bad).toBeNull();
  });

  test('may be of a kind that only newer tabs know: it counts, and is not kept', () => {
    const telemetry = new Telemetry();
    expect(telemetry.heard('n1', [event(1), { ...event(2), type: 'suspected' }])).toEqual({
      gap: false,
      bad: null,
    });
    expect(telemetry.heard('n1', [event(3)]).gap).toBe(false);
    expect(telemetry.events()).toEqual([event(1), event(3)]);
  });

  test('is forgotten with its tab: what it says next is news again', () => {
    const telemetry = new Telemetry();
    telemetry.heard('n1', [event(1)]);
    telemetry.touch('n1', { f: 3 });
    telemetry.forget('n1');
    expect(telemetry.touched('f')).toBe(0);
    expect(telemetry.heard('n1', [event(2)]).gap).toBe(true);
  });
});

describe('the trace of a tab', () => {
  test('is told to listeners in batches, until they go', () => {
    const telemetry = new Telemetry();
    const batches: (readonly TraceEvent[])[] = [];
    const stop = telemetry.on((events) => batches.push(events));
    telemetry.own([event(1), event(2)]);
    stop();
    telemetry.own([event(3)]);
    expect(batches).toEqual([[event(1), event(2)]]);
  });

  test('answers what came after a number, counted over all it has seen, and is bounded', () => {
    const telemetry = new Telemetry();
    for (let batch = 0; batch < 300; batch++) {
      telemetry.own(Array.from({ length: 100 }, (_, i) => event(batch * 100 + i + 1)));
    }
    expect(telemetry.events(29_990).map(({ seq }) => seq)).toEqual([
      29_991, 29_992, 29_993, 29_994, 29_995, 29_996, 29_997, 29_998, 29_999, 30_000,
    ]);
    expect(telemetry.events().length).toBeLessThanOrEqual(25_000);
    expect(telemetry.events().at(-1)?.seq).toBe(30_000);
  });

  test('adds up what faults touched at each node', () => {
    const telemetry = new Telemetry();
    telemetry.touch('n1', { f: 3 });
    telemetry.touch('n2', { f: 4, g: 1 });
    telemetry.touch('n1', { f: 5 });
    expect([telemetry.touched('f'), telemetry.touched('g'), telemetry.touched('h')]).toEqual([9, 1, 0]);
  });
});
