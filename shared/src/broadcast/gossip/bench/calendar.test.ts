import { describe, expect, it } from 'vitest';
import { Calendar } from './calendar.js';

describe('the calendar', () => {
  it('calls what is due by its time, and in the order in which it was added', () => {
    const calendar = new Calendar();
    const called: string[] = [];
    for (const [afterMs, name] of [
      [20, 'late'],
      [10, 'first'],
      [10, 'second'],
      [10.4, 'rounded'],
    ] as const)
      calendar.add(afterMs, () => called.push(`${name} at ${calendar.nowMs}`));
    calendar.runFor(9);
    expect(called).toEqual([]);
    calendar.runFor(1);
    expect(called).toEqual(['first at 10', 'second at 10', 'rounded at 10']);
    calendar.runFor(100);
    expect(called.at(-1)).toBe('late at 20');
    expect(calendar.nowMs).toBe(110);
  });

  it('calls what is added meanwhile, at the same moment too', () => {
    const calendar = new Calendar();
    const called: number[] = [];
    calendar.add(5, () => {
      calendar.add(0, () => called.push(calendar.nowMs));
      calendar.add(3, () => called.push(calendar.nowMs));
    });
    calendar.runFor(8);
    expect(called).toEqual([5, 8]);
  });
});
