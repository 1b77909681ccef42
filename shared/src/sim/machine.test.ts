import { describe, expect, test } from 'vitest';
import { Machine } from './machine.js';
import { Scheduler } from './scheduler.js';

/** A machine, what it was given to do at which time, and when it did it. */
function world() {
  const scheduler = new Scheduler();
  const machine = new Machine(scheduler);
  const done: string[] = [];
  const note = (what: string): void => void done.push(`${what} at ${scheduler.nowMs}`);
  const at = (atMs: number, act: () => void): void => void scheduler.schedule(atMs, act);
  const turnAt = (atMs: number, what: string): void =>
    at(atMs, () =>
      machine.turn(
        () => note(what),
        () => note(`${what} dropped`),
      ),
    );
  const run = (): string[] => {
    while (scheduler.runNext(1_000));
    return done;
  };
  return { scheduler, machine, at, turnAt, note, run };
}

describe('a machine', () => {
  test('runs what comes up at once', () => {
    const { turnAt, run } = world();
    turnAt(3, 'frame');
    expect(run()).toEqual(['frame at 3']);
  });

  test('whose timers are clamped fires them together, and takes frames as they come', () => {
    const { machine, turnAt, note, run } = world();
    machine.clampTimers(10);
    const clock = machine.clock(() => true);
    clock.schedule(3, () => note('a'));
    clock.schedule(10, () => note('b'));
    clock.schedule(11, () => note('c'));
    turnAt(4, 'frame');
    expect(run()).toEqual(['frame at 4', 'a at 10', 'b at 10', 'c at 20']);
  });

  test('does nothing while it is frozen, and everything in its order when it thaws', () => {
    const { machine, at, turnAt, run } = world();
    turnAt(1, 'a');
    at(2, () => machine.freeze(10));
    for (const what of ['b', 'c', 'd']) turnAt(4, what);
    turnAt(11, 'e');
    expect(run()).toEqual(['a at 1', 'b at 10', 'c at 10', 'd at 10', 'e at 11']);
  });

  test('stays frozen until the later of two freezes ends', () => {
    const { machine, at, turnAt, run } = world();
    at(1, () => machine.freeze(10));
    at(2, () => machine.freeze(20));
    at(3, () => machine.freeze(5));
    turnAt(4, 'a');
    expect(run()).toEqual(['a at 20']);
  });

  test('gives turns in batches while it is throttled', () => {
    const { machine, at, turnAt, run } = world();
    at(1, () => machine.throttle(10, 35));
    for (const [atMs, what] of [
      [2, 'a'],
      [9, 'b'],
      [11, 'c'],
      [34, 'd'],
      [36, 'e'],
    ] as const)
      turnAt(atMs, what);
    expect(run()).toEqual(['a at 10', 'b at 10', 'c at 20', 'd at 35', 'e at 36']);
  });

  test('runs in the moment that it is awake what comes up in that moment', () => {
    const { machine, at, note, run } = world();
    at(1, () => machine.throttle(10, 100));
    at(2, () =>
      machine.turn(() => {
        note('a');
        machine.clock(() => true).schedule(0, () => note('timer'));
        machine.turn(() => note('b'));
      }),
    );
    expect(run()).toEqual(['a at 10', 'b at 10', 'timer at 10']);
  });

  test('stands still when it is frozen and throttled, and is throttled again after it thawed', () => {
    const { machine, at, turnAt, run } = world();
    at(1, () => machine.throttle(10, 100));
    at(2, () => machine.freeze(33));
    turnAt(3, 'a');
    turnAt(34, 'b');
    expect(run()).toEqual(['a at 33', 'b at 40']);
  });

  test('calls no timer that was called off while it stood still', () => {
    const { machine, at, note, run } = world();
    const clock = machine.clock(() => true);
    const cancel = clock.schedule(5, () => note('timer'));
    at(1, () => machine.freeze(10));
    at(7, cancel);
    expect(run()).toEqual([]);
  });

  test('drops what waits when it is switched off, and starts afresh', () => {
    const { machine, at, turnAt, run } = world();
    at(1, () => machine.freeze(50));
    turnAt(2, 'a');
    at(3, () => machine.reset());
    turnAt(4, 'b');
    expect(run()).toEqual(['a dropped at 3', 'b at 4']);
  });

  test('runs what waits when it is released', () => {
    const { machine, at, turnAt, run } = world();
    at(1, () => machine.freeze(50));
    at(1, () => machine.throttle(10, 90));
    turnAt(2, 'a');
    at(3, () => machine.release());
    turnAt(4, 'b');
    expect(run()).toEqual(['a at 3', 'b at 4']);
  });
});
