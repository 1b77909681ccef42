import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DiskError, type DiskUnderTest, diskAcceptance, type StoredOp } from '../../host/index.js';
import { createMemoryDisk, type MemoryDisk, type MemoryDiskOptions } from './memory-disk.js';

/** On the event loop, as the cases await what the disk answers. */
async function makeDisk(): Promise<DiskUnderTest> {
  const disk = createMemoryDisk({ schedule: (_afterMs, callback) => void setImmediate(callback) });
  return {
    start: async () => {
      disk.crash();
      return disk;
    },
    kill: async () => disk.crash(),
    failNextWrite: async () => disk.failNext(),
    stats: async () => disk.stats(),
  };
}

describe('the memory disk passes the acceptance suite:', () => {
  for (const { name, run } of diskAcceptance) it(name, () => run(makeDisk));
});

/** A disk on a virtual clock that a test turns by hand. */
function virtual(options: Partial<MemoryDiskOptions> = {}): {
  disk: MemoryDisk;
  run: (untilMs: number) => void;
} {
  const timers: { atMs: number; callback: () => void }[] = [];
  let nowMs = 0;
  const disk = createMemoryDisk({
    schedule: (afterMs, callback) => void timers.push({ atMs: nowMs + afterMs, callback }),
    ...options,
  });
  const run = (untilMs: number): void => {
    for (;;) {
      const next = timers.findIndex(({ atMs }) => atMs <= untilMs);
      if (next < 0) break;
      const [timer] = timers.splice(next, 1);
      if (timer === undefined) break;
      nowMs = Math.max(nowMs, timer.atMs);
      timer.callback();
    }
    nowMs = untilMs;
  };
  return { disk, run };
}

const ignore = (): undefined => undefined;
const entry = (index: number): StoredOp => ({ kind: 'append', index, value: Uint8Array.of(index) });

function lastIndex(disk: MemoryDisk, run: (untilMs: number) => void, untilMs: number): number {
  let last = -1;
  disk.open('a', (_error, { log }) => {
    last = log.at(-1)?.index ?? 0;
  });
  run(untilMs);
  return last;
}

describe('the memory disk under faults', () => {
  it('completes a lone write after one flush, and those that came meanwhile after one more', () => {
    const { disk, run } = virtual({ flushMs: () => 5 });
    const completed: number[] = [];
    disk.open('a', ignore);
    run(0);
    for (const index of [1, 2, 3]) disk.write('a', [entry(index)], () => completed.push(index));
    expect(disk.writesUnderWay).toBe(1);
    run(4);
    expect(completed).toEqual([]);
    run(5);
    expect(completed).toEqual([1]);
    run(7);
    disk.write('a', [entry(4)], () => completed.push(4));
    run(12);
    expect(completed).toEqual([1, 2, 3]);
    run(15);
    expect(completed).toEqual([1, 2, 3, 4]);
    expect(disk.stats().flushes).toBe(3);
  });

  it('loses what had not completed when the node crashes, and tells nobody of the old life', () => {
    const { disk, run } = virtual({ flushMs: () => 5 });
    const completed: number[] = [];
    disk.open('a', ignore);
    run(0);
    for (const index of [1, 2]) disk.write('a', [entry(index)], () => completed.push(index));
    run(5);
    disk.crash();
    run(50);
    expect(completed).toEqual([1]);
    expect(lastIndex(disk, run, 50)).toBe(1);
  });

  it('keeps as many writes of the group under way as a torn tail is told to', () => {
    const { disk, run } = virtual({ flushMs: () => 5 });
    disk.open('a', ignore);
    run(0);
    for (const index of [1, 2, 3, 4]) disk.write('a', [entry(index)], ignore);
    run(5);
    expect(disk.writesUnderWay).toBe(3);
    disk.crash(2);
    expect(lastIndex(disk, run, 10)).toBe(3);
  });

  it('fails the flush it is told to fail, and works again in the next life', () => {
    const { disk, run } = virtual();
    const errors: (string | null)[] = [];
    const note = (error: Error | null): void => {
      errors.push(error instanceof DiskError ? error.code : null);
    };
    disk.open('a', note);
    run(0);
    disk.failNext();
    disk.write('a', [entry(1)], note);
    disk.write('a', [entry(2)], note);
    run(1);
    expect(errors).toEqual([null, 'io', 'broken']);
    disk.crash();
    expect(lastIndex(disk, run, 2)).toBe(0);
  });

  it('may have written a part of what it failed to write', () => {
    const { disk, run } = virtual({ flushMs: () => 5 });
    disk.open('a', ignore);
    run(0);
    for (const index of [1, 2, 3, 4]) disk.write('a', [entry(index)], ignore);
    run(5);
    disk.failNext(2);
    run(10);
    disk.crash();
    expect(lastIndex(disk, run, 20)).toBe(3);
  });

  it('does not fail when it was mended before', () => {
    const { disk, run } = virtual();
    disk.open('a', ignore);
    run(0);
    disk.failNext();
    disk.mend();
    disk.write('a', [entry(1)], ignore);
    run(1);
    disk.crash();
    expect(lastIndex(disk, run, 2)).toBe(1);
  });

  it('holds, after a crash, all that had completed and a beginning of what came after, whatever happened', () => {
    const action = fc.oneof(
      fc.record({ type: fc.constant('write' as const) }),
      fc.record({ type: fc.constant('wait' as const), ms: fc.nat(12) }),
      fc.record({ type: fc.constant('crash' as const), survivingWrites: fc.nat(3) }),
      fc.record({ type: fc.constant('fail' as const), survivingWrites: fc.nat(3) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const { disk, run } = virtual({ flushMs: () => 5 });
        let nowMs = 0;
        let written = 0;
        let completed = 0;
        const reopen = (): void => {
          nowMs += 1;
          const found = lastIndex(disk, run, nowMs);
          expect(found).toBeGreaterThanOrEqual(completed);
          expect(found).toBeLessThanOrEqual(written);
          written = found;
          completed = found;
        };
        reopen();
        for (const next of actions) {
          if (next.type === 'write') {
            written += 1;
            const index = written;
            disk.write('a', [entry(index)], (error) => {
              if (error === null) completed = index;
            });
          } else if (next.type === 'wait') {
            nowMs += next.ms;
            run(nowMs);
          } else if (next.type === 'fail') disk.failNext(next.survivingWrites);
          else {
            disk.crash(next.survivingWrites);
            reopen();
          }
        }
        disk.crash();
        reopen();
      }),
    );
  });

  it('is empty after it was lost', () => {
    const { disk, run } = virtual();
    disk.open('a', ignore);
    disk.write('a', [entry(1)], ignore);
    run(1);
    disk.lose();
    expect(lastIndex(disk, run, 2)).toBe(0);
  });
});
