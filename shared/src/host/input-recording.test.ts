import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Lab, labRun, type ToyEffect, toyProcess } from '../sim/testing/index.js';
import { type InputRecording, replay } from './index.js';
import { InputRecorder } from './input-recording.js';

/** A lab whose first node records, and that node's state as its Process has it now. */
function recordingLab(recordInputsMax: number): {
  lab: Lab;
  state: () => unknown;
  inputs: () => InputRecording;
} {
  let state: unknown;
  const onStep = (_run: string, instance: string, now: unknown): void => {
    if (instance === 'server') state = now;
  };
  const lab = new Lab({ nodes: 1, host: { recordInputsMax, onStep } }).start();
  const inputs = (): InputRecording => {
    const recording = lab.node(1).host.run(labRun)?.instance('server')?.inputs();
    if (recording === undefined || recording === null) throw new Error('nothing is recorded');
    return recording;
  };
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
    const recorder = new InputRecorder(10);
    for (let now = 1; now <= 104; now++) recorder.record({ now }, { type: 'timeout', timer: 't', now });
    const events = recorder.recording()?.events ?? [];
    expect(events.length).toBeGreaterThanOrEqual(5);
    expect(events.length).toBeLessThanOrEqual(10);
    expect(events.at(-1)?.now).toBe(104);
    expect(recorder.recording()?.state).toEqual({ now: events[0]?.now });
  });

  it('is off unless it is asked for', () => {
    const lab = new Lab({ nodes: 1 }).start();
    expect(lab.node(1).host.run(labRun)?.instance('server')?.inputs()).toBeNull();
  });

  it('refuses a bound that holds nothing, and a state that is not plain data', () => {
    expect(() => new InputRecorder(1)).toThrow(RangeError);
    const recorder = new InputRecorder(4);
    expect(() => recorder.record({ map: new Map() }, { type: 'timeout', timer: 't', now: 0 })).toThrow(
      'plain data',
    );
  });
});
