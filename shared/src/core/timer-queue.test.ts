import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimerQueue } from './timer-queue.js';

/** Takes out everything that is due by then, in order. */
function runDue(queue: TimerQueue, nowMs: number): void {
  for (let callback = queue.takeDue(nowMs); callback !== undefined; callback = queue.takeDue(nowMs))
    callback();
}

describe('the timer queue', () => {
  it('gives out callbacks by due time, whatever the order they came in', () => {
    const queue = new TimerQueue();
    const ran: string[] = [];
    queue.add(30, () => ran.push('late'));
    queue.add(10, () => ran.push('early'));
    queue.add(20, () => ran.push('middle'));
    runDue(queue, 100);
    expect(ran).toEqual(['early', 'middle', 'late']);
  });

  it('gives out callbacks that are due at the same time in the order in which they were added', () => {
    const queue = new TimerQueue();
    const ran: number[] = [];
    for (let i = 0; i < 20; i++) queue.add(5, () => ran.push(i));
    runDue(queue, 5);
    expect(ran).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it('keeps what is not due yet, and says when it will be', () => {
    const queue = new TimerQueue();
    queue.add(5, () => undefined);
    expect(queue.takeDue(4.999)).toBeUndefined();
    expect(queue.firstDueMs).toBe(5);
    expect(queue.takeDue(5)).toBeDefined();
    expect(queue.firstDueMs).toBeUndefined();
  });

  it('forgets a callback that was taken out, and taking it out again is harmless', () => {
    const queue = new TimerQueue();
    const ran: string[] = [];
    const remove = queue.add(1, () => ran.push('gone'));
    queue.add(2, () => ran.push('kept'));
    remove();
    remove();
    expect(queue.size).toBe(1);
    runDue(queue, 10);
    remove();
    expect(ran).toEqual(['kept']);
  });

  it('is empty after clear, and an old remover takes nothing that came later', () => {
    const queue = new TimerQueue();
    const remove = queue.add(1, () => undefined);
    queue.clear();
    queue.add(2, () => undefined);
    remove();
    expect(queue.size).toBe(1);
    expect(queue.firstDueMs).toBe(2);
  });

  it('does what a sorted list would, for any sequence of adding, removing and taking', () => {
    const operation = fc.oneof(
      fc.record({ kind: fc.constant('add' as const), dueMs: fc.integer({ min: 0, max: 20 }) }),
      fc.record({ kind: fc.constant('remove' as const), which: fc.nat(40) }),
      fc.record({ kind: fc.constant('take' as const), nowMs: fc.integer({ min: 0, max: 20 }) }),
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 120 }), (operations) => {
        const queue = new TimerQueue();
        const removers: (() => void)[] = [];
        const taken: number[] = [];
        let model: { id: number; dueMs: number }[] = [];
        const expected: number[] = [];
        for (const op of operations) {
          if (op.kind === 'add') {
            const id = removers.length;
            removers.push(queue.add(op.dueMs, () => taken.push(id)));
            model.push({ id, dueMs: op.dueMs });
          } else if (op.kind === 'remove') {
            removers[op.which]?.();
            model = model.filter(({ id }) => id !== op.which);
          } else {
            queue.takeDue(op.nowMs)?.();
            const first = model.toSorted((a, b) => a.dueMs - b.dueMs || a.id - b.id)[0];
            if (first !== undefined && first.dueMs <= op.nowMs) {
              expected.push(first.id);
              model = model.filter(({ id }) => id !== first.id);
            }
          }
          expect(queue.size).toBe(model.length);
          expect(queue.firstDueMs).toBe(
            model.length === 0 ? undefined : Math.min(...model.map((m) => m.dueMs)),
          );
        }
        expect(taken).toEqual(expected);
      }),
    );
  });
});
