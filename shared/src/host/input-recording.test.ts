import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProcessEvent } from '../core/index.js';
import { findProtocol } from '../registry.js';
import { Lab, labRun, type ToyEffect, toyProcess } from '../sim/testing/index.js';
import { encodeOperation } from '../store/index.js';
import { encodeValue } from '../wire/index.js';
import { type InputRecording, replay } from './index.js';
import { InputRecorder } from './input-recording.js';

const bytesMax = 1_000_000;
const noFrames = (): never => nothing('no frame was recorded');

function nothing(why = 'nothing is recorded'): never {
  throw new Error(why);
}

/** A lab whose first node records, and that node's state as its Process has it now. */
function recordingLab(eventsMax: number): {
  lab: Lab;
  state: () => unknown;
  inputs: () => InputRecording;
} {
  let state: unknown;
  const onStep = (_run: string, instance: string, now: unknown): void => {
    if (instance === 'server') state = now;
  };
  const lab = new Lab({ nodes: 1, host: { recordInputs: { eventsMax, bytesMax }, onStep } }).start();
  const inputs = (): InputRecording => lab.node(1).host.inputs(labRun, 'server') ?? nothing();
  return { lab, state: () => state, inputs };
}

const commit = (index: number): ToyEffect => ({
  type: 'commit',
  entries: [{ index, reign: 1, command: null }],
});

describe('the recording of inputs', () => {
  it('run again gives the state of now, whatever happened and however little of it is kept', () => {
    const happening = fc.oneof(
      fc.record({ kind: fc.constant('say' as const), text: fc.string(), from: fc.constantFrom('a', 'b') }),
      fc.record({ kind: fc.constant('commit' as const) }),
      fc.record({ kind: fc.constant('timer' as const), afterMs: fc.nat(20) }),
    );
    fc.assert(
      fc.property(
        fc.array(happening, { maxLength: 40 }),
        fc.integer({ min: 2, max: 30 }),
        (happenings, max) => {
          const { lab, state, inputs } = recordingLab(max);
          const node = lab.node(1);
          let index = 0;
          for (const one of happenings) {
            if (one.kind === 'say') node.hear(one.from, { type: 'say', text: one.text });
            else if (one.kind === 'timer') node.do([{ type: 'setTimer', timer: 't', afterMs: one.afterMs }]);
            else {
              index += 1;
              node.do([commit(index)]);
            }
            lab.run(5);
          }
          const recording = inputs();
          expect(recording.events.length).toBeLessThanOrEqual(max);
          expect(replay(toyProcess, recording)).toEqual(state());
          expect(recording.end).toEqual(state());
        },
      ),
      { numRuns: 40 },
    );
  });

  it('can be run again twice, and is not changed by what happens later', () => {
    const { lab, state, inputs } = recordingLab(10);
    lab.node(1).hear('a', { type: 'say', text: 'one' });
    const recording = inputs();
    const then = structuredClone(state());
    lab.node(1).hear('a', { type: 'say', text: 'two' });
    expect(replay(toyProcess, recording)).toEqual(then);
    expect(replay(toyProcess, recording)).toEqual(then);
    expect(state()).not.toEqual(then);
  });

  it('keeps at least the newest half of its events', () => {
    const recorder = new InputRecorder({ eventsMax: 10, bytesMax }, noFrames);
    for (let now = 1; now <= 104; now++) recorder.record({ now }, { type: 'timeout', timer: 't', now }, null);
    const { state, events, end } = recorder.recording({ now: 105 }) ?? nothing();
    expect(events.length).toBeGreaterThanOrEqual(5);
    expect(events.length).toBeLessThanOrEqual(10);
    expect(events.at(-1)?.now).toBe(104);
    expect(state).toEqual({ now: events[0]?.now });
    expect(end).toEqual({ now: 105 });
  });

  it('keeps no more bytes than its bound and an event, and at least half of that', () => {
    const recorder = new InputRecorder({ eventsMax: 1_000, bytesMax: 10_000 }, (frame) => frame[0]);
    const frame = new Uint8Array(700);
    const operation = new Uint8Array(400);
    for (let now = 1; now <= 100; now++) {
      recorder.record({}, { type: 'deliver', from: 'a', message: 0, now }, frame);
      recorder.record({}, { type: 'propose', request: now, operation, now }, null);
      const { events } = recorder.recording({}) ?? nothing();
      const proposals = events.filter(({ type }) => type === 'propose').length;
      const bytes = proposals * operation.length + (events.length - proposals) * frame.length;
      expect(bytes).toBeLessThanOrEqual(10_000 + frame.length);
      if (now > 20) expect(bytes).toBeGreaterThan(4_500);
    }
  });

  it('weighs whatever can be large', () => {
    const large = new Uint8Array(1_000);
    const now = 1;
    const events: ProcessEvent<unknown>[] = [
      { type: 'start', now, disk: { values: { large }, log: [], snapshot: null } },
      { type: 'deliver', now, from: 'a', message: { parts: [{ large }] } },
      { type: 'indicated', now, from: 'a', output: 'x'.repeat(1_000) },
      { type: 'propose', now, request: 1, operation: large },
      { type: 'read', now, request: 1, operation: large },
      { type: 'queried', now, query: 1, index: 1, result: large },
      { type: 'executed', now, outcomes: [{ index: 1, result: large }], digest: '' },
    ];
    for (const event of events) {
      const recorder = new InputRecorder({ eventsMax: 100, bytesMax: 2_000 }, noFrames);
      for (let i = 0; i < 9; i++) recorder.record({}, event, null);
      expect([event.type, recorder.recording({})?.events.length]).toEqual([event.type, 2]);
    }
  });

  it('is off unless it is asked for', () => {
    const lab = new Lab({ nodes: 1 }).start();
    expect(lab.node(1).host.inputs(labRun, 'server')).toBeNull();
  });

  it('is of an instance that runs here, and of no other', () => {
    const { lab } = recordingLab(10);
    expect(lab.node(1).host.inputs(labRun, 'client')?.events[0]?.type).toBe('start');
    expect(lab.node(1).host.inputs(labRun, 'detector')).toBeNull();
    expect(lab.node(1).host.inputs('run2', 'server')).toBeNull();
  });

  it('refuses bounds that hold nothing, and a state that is not plain data', () => {
    expect(() => new InputRecorder({ eventsMax: 1, bytesMax }, noFrames)).toThrow(RangeError);
    expect(() => new InputRecorder({ eventsMax: 2, bytesMax: 0 }, noFrames)).toThrow(RangeError);
    const recorder = new InputRecorder({ eventsMax: 4, bytesMax }, noFrames);
    const timeout = { type: 'timeout', timer: 't', now: 0 } as const;
    for (const state of [{ map: new Map() }, { of: [() => 0] }, Symbol('x')])
      expect(() => recorder.record(state, timeout, null)).toThrow('plain data');
  });
});

describe('a recording of Raft', () => {
  const protocol = findProtocol('raft');
  if (protocol === null) throw new Error('raft is not in the registry');

  it('run again has the same events and gives the same effects and state, to the byte, at every instance', () => {
    const lab = new Lab({ nodes: 3, host: { recordInputs: { eventsMax: 150, bytesMax } } });
    for (const node of lab.nodes) {
      node.boot();
      lab.startRun(node, { protocol, options: protocol.parseOptions({ snapshotEveryEntries: 10 }) });
    }
    lab.run(3_000);
    for (let i = 0; i < 60; i++) {
      lab.node(1 + (i % 3)).request('propose', encodeOperation({ op: 'put', path: `/${i % 7}`, value: i }));
      lab.run(40);
    }
    for (const node of lab.nodes) {
      for (const name of ['server', 'client'] as const) {
        const recording = node.host.inputs(labRun, name) ?? nothing();
        const { events, end } = recording;
        expect(events.length).toBeGreaterThan(40);
        const lived = node.steps.filter(({ instance }) => instance === name).slice(-events.length);
        const effects: unknown[] = [];
        const process = protocol.instances[name]?.process ?? nothing();
        const state = replay(process, recording, (_event, answer) => effects.push(answer));
        expect(encodeValue(events)).toEqual(encodeValue(lived.map(({ event }) => event)));
        expect(encodeValue(effects)).toEqual(encodeValue(lived.map((step) => step.effects)));
        expect(encodeValue(state)).toEqual(encodeValue(end));
      }
    }
  });
});
