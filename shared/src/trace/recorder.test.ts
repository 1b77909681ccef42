import { describe, expect, it } from 'vitest';
import { counterMax } from '../core/index.js';
import { isDroppable, Recorder, type TraceBody } from './index.js';

function makeRecorder(droppableMax = 100): Recorder {
  return new Recorder({ node: 'n1', life: 3, wallMs: () => 1_000, droppableMax });
}

const note: TraceBody = { type: 'note', code: 'a-note', data: {} };
const role: TraceBody = { type: 'role', role: 'leader', reign: 1, leader: 'n1' };

describe('the trace recorder', () => {
  it('numbers events from 1 without holes, across flushes', () => {
    const recorder = makeRecorder();
    recorder.record('r', 'server', 0, note);
    recorder.record('r', 'server', 1, role);
    const first = recorder.flush('r', 1);
    recorder.record('r', 'server', 2, note);
    const second = recorder.flush('r', 2);
    expect([...first, ...second].map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(recorder.flush('r', 3)).toEqual([]);
  });

  it('stamps each event with who, in which life, where and when', () => {
    const recorder = makeRecorder();
    recorder.record('r', 'server', 12, note);
    expect(recorder.flush('r', 20)).toEqual([
      {
        ...note,
        node: 'n1',
        life: 3,
        seq: 1,
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
    const clockOf = (recorder: Recorder): number => recorder.flush('r', 0)[0]?.clock ?? Number.NaN;
    expect(clockOf(receiver)).toBeGreaterThan(clockOf(sender));
  });

  it('leaves out droppable events over its budget, and tells how many in a gap at the end', () => {
    const recorder = makeRecorder(2);
    for (let i = 0; i < 5; i++) recorder.record('r', 'server', i, note);
    expect(
      recorder.flush('r', 9).map((event) => (event.type === 'gap' ? event.missing : event.type)),
    ).toEqual(['note', 'note', 3]);
  });

  it('never leaves out what can prove a broken rule, however busy it is', () => {
    const recorder = makeRecorder(0);
    recorder.record('r', 'server', 0, note);
    recorder.record('r', 'server', 0, role);
    recorder.record('r', 'server', 0, { type: 'applied', first: 1, last: 1, digest: 'd' });
    expect(recorder.flush('r', 9).map(({ type }) => type)).toEqual(['role', 'applied', 'gap']);
  });

  it('starts each flush with a full budget', () => {
    const recorder = makeRecorder(1);
    recorder.record('r', 'server', 0, note);
    recorder.record('r', 'server', 0, note);
    recorder.flush('r', 1);
    recorder.record('r', 'server', 2, note);
    expect(recorder.flush('r', 3).map(({ type }) => type)).toEqual(['note']);
  });

  it('may leave out traffic, timers and notes, but no state, role, application, life or gap', () => {
    const dropped = (type: TraceBody['type']): boolean => isDroppable({ type } as TraceBody);
    const droppable = [
      'sent',
      'arrived',
      'delivered',
      'touched',
      'lost',
      'timerFired',
      'persisted',
      'note',
      'peer',
    ];
    const kept = [
      'keyframe',
      'started',
      'stopped',
      'crashed',
      'state',
      'applied',
      'role',
      'snapshot',
      'pace',
      'gap',
    ];
    expect((droppable as TraceBody['type'][]).every(dropped)).toBe(true);
    expect((kept as TraceBody['type'][]).some(dropped)).toBe(false);
  });
});
