import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Scheduler } from '../sim/index.js';
import { LabClock } from './lab-clock.js';

function setUp(startMs = 0): { clock: LabClock; scheduler: Scheduler; run: (untilMs: number) => void } {
  const scheduler = new Scheduler();
  const clock = new LabClock(
    scheduler.clock(() => true),
    startMs,
  );
  return { clock, scheduler, run: (untilMs) => advance(scheduler, untilMs) };
}

/** Runs what is due, then stands at `untilMs`. */
function advance(scheduler: Scheduler, untilMs: number): void {
  scheduler.schedule(untilMs - scheduler.nowMs, () => undefined);
  while (scheduler.runNext(untilMs));
}

describe('the lab clock', () => {
  it('goes with the machine at real time', () => {
    const { clock, run } = setUp(100);
    run(40);
    expect(clock.nowMs()).toBe(140);
  });

  it('goes slower in slow motion, and so do the timers set before', () => {
    const { clock, run, scheduler } = setUp();
    const firedMs: number[] = [];
    clock.schedule(20, () => firedMs.push(scheduler.nowMs));
    run(10);
    clock.setPace(1 / 40);
    run(409);
    expect(firedMs).toEqual([]);
    run(411);
    expect(firedMs).toEqual([410]);
    expect(clock.nowMs()).toBeCloseTo(10 + 401 / 40);
  });

  it('stands still while paused, fires nothing, and goes on with the time that timers had left', () => {
    const { clock, run, scheduler } = setUp();
    const firedMs: number[] = [];
    clock.schedule(20, () => firedMs.push(scheduler.nowMs));
    run(15);
    clock.setPaused(true);
    run(5_000);
    expect(clock.nowMs()).toBe(15);
    expect(firedMs).toEqual([]);
    clock.setPaused(false);
    run(5_004);
    expect(firedMs).toEqual([]);
    run(5_005);
    expect(firedMs).toEqual([5_005]);
  });

  it('drifts at the rate it is given', () => {
    const { clock, run, scheduler } = setUp();
    const firedMs: number[] = [];
    clock.setRate(2);
    clock.schedule(20, () => firedMs.push(scheduler.nowMs));
    run(10);
    expect(firedMs).toEqual([10]);
    expect(clock.nowMs()).toBe(20);
  });

  it('jumps forward, which makes due what lies between', () => {
    const { clock, run, scheduler } = setUp();
    const fired: string[] = [];
    clock.schedule(50, () => fired.push('near'));
    clock.schedule(500, () => fired.push('far'));
    clock.jump(100);
    run(1);
    expect(fired).toEqual(['near']);
    expect(clock.nowMs()).toBe(101);
    run(399);
    expect(fired).toEqual(['near']);
    run(400);
    expect([fired, scheduler.nowMs]).toEqual([['near', 'far'], 400]);
  });

  it('fires in the order of due times, ties in the order of the calls, and what is called off never', () => {
    const { clock, run } = setUp();
    const fired: string[] = [];
    clock.schedule(10, () => fired.push('b'));
    clock.schedule(10, () => fired.push('c'));
    clock.schedule(5, () => fired.push('a'));
    const cancel = clock.schedule(7, () => fired.push('never'));
    cancel();
    run(10);
    expect(fired).toEqual(['a', 'b', 'c']);
  });

  it('stops at once when a timer pauses it: others that are due wait', () => {
    const { clock, run } = setUp();
    const fired: string[] = [];
    clock.schedule(10, () => {
      fired.push('pauses');
      clock.setPaused(true);
    });
    clock.schedule(10, () => fired.push('waits'));
    run(1_000);
    expect(fired).toEqual(['pauses']);
    clock.setPaused(false);
    run(1_001);
    expect(fired).toEqual(['pauses', 'waits']);
  });

  it('calls nothing after it was closed, what is asked of it later included', () => {
    const { clock, run, scheduler } = setUp();
    const fired: string[] = [];
    clock.schedule(10, () => fired.push('before'));
    clock.close();
    clock.schedule(10, () => fired.push('after'));
    run(100);
    expect(fired).toEqual([]);
    expect(scheduler.runNext(Number.POSITIVE_INFINITY)).toBe(false);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a pace or a rate of %s', (value) => {
    const { clock } = setUp();
    expect(() => clock.setPace(value)).toThrow(RangeError);
    expect(() => clock.setRate(value)).toThrow(RangeError);
  });

  it('never fires before its time and never goes back, at any pace and rate', () => {
    const change = fc.record({
      afterMs: fc.double({ min: 0.01, max: 700, noNaN: true }),
      pace: fc.constantFrom(1, 1 / 3, 1 / 7, 1 / 40, 1 / 41),
      rate: fc.constantFrom(1, 1.0001, 0.97),
      paused: fc.boolean(),
    });
    const delays = fc.array(fc.double({ min: 0, max: 300, noNaN: true }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), delays, (changes, afterMs) => {
        const { clock, scheduler } = setUp();
        let lastMs = 0;
        let fired = 0;
        for (const after of afterMs) {
          const dueMs = clock.nowMs() + after;
          clock.schedule(after, () => {
            expect(clock.nowMs()).toBeGreaterThanOrEqual(dueMs);
            expect(clock.nowMs()).toBeGreaterThanOrEqual(lastMs);
            lastMs = clock.nowMs();
            fired += 1;
          });
        }
        for (const { afterMs: waitMs, pace, rate, paused } of changes) {
          advance(scheduler, scheduler.nowMs + waitMs);
          clock.setPace(pace);
          clock.setRate(rate);
          clock.setPaused(paused);
        }
        clock.setPaused(false);
        advance(scheduler, scheduler.nowMs + 1e6);
        expect(fired).toBe(afterMs.length);
      }),
    );
  });

  it('lets a callback that waits for a due time find it reached, so that nobody waits again within the same moment', () => {
    const { clock, run } = setUp();
    clock.setPace(1 / 3);
    let waits = 0;
    const dueMs = 0.7 + 0.1;
    const wait = (): void => {
      waits += 1;
      if (clock.nowMs() < dueMs && waits < 100) clock.schedule(dueMs - clock.nowMs(), wait);
    };
    for (const startMs of [0.1, 0.2, 0.3]) clock.schedule(startMs, wait);
    run(100);
    // Once for its start, once for the due time, and once more where adding up had rounded down.
    expect(waits).toBeLessThanOrEqual(9);
  });
});
