import { describe, expect, test } from 'vitest';
import { runInOrder, type SeedRunner } from './seed-pool.js';

/** Runners whose seeds end when a test says so. */
function held(count: number) {
  const open = new Map<number, (report: string) => void>();
  const started: number[] = [];
  const runner: SeedRunner<string> = (seed) => {
    started.push(seed);
    return new Promise((resolve) => open.set(seed, resolve));
  };
  const runners = Array.from({ length: count }, () => runner);
  const end = (seed: number): void => open.get(seed)?.(`report ${seed}`);
  return { runners, started, end };
}

async function collect(reports: AsyncGenerator<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const report of reports) all.push(report);
  return all;
}

describe('seeds on several runners', () => {
  test('are reported in their order, whichever ends first', async () => {
    const { runners, end } = held(3);
    const all = collect(runInOrder([1, 2, 3], runners));
    for (const seed of [3, 2, 1]) end(seed);
    expect(await all).toEqual(['report 1', 'report 2', 'report 3']);
  });

  test('run as many at once as there are runners, and each runner one after the other', async () => {
    const { runners, started, end } = held(2);
    const reports = runInOrder([1, 2, 3, 4], runners);
    const first = reports.next();
    expect(started).toEqual([1, 2]);
    end(1);
    await first;
    expect(started).toEqual([1, 2, 3]);
    for (const seed of [2, 3]) end(seed);
    const second = await reports.next();
    expect(second.value).toBe('report 2');
  });

  test('do not run far ahead of the one that is waited for', async () => {
    const started: number[] = [];
    const slow = new Promise<number>(() => undefined);
    const runner: SeedRunner<number> = async (seed) => {
      started.push(seed);
      return seed === 1 ? slow : seed;
    };
    const seeds = Array.from({ length: 1_000 }, (_, i) => i + 1);
    void runInOrder(seeds, [runner, runner]).next();
    for (let turn = 0; turn < 5_000; turn++) await Promise.resolve();
    expect(started).toHaveLength(32);
  });

  test('run one after the other, none ahead, on one runner', async () => {
    const { runners, started, end } = held(1);
    const first = runInOrder([1, 2, 3], runners).next();
    end(1);
    expect((await first).value).toBe('report 1');
    expect(started).toEqual([1]);
  });

  test('fail as the runner failed', async () => {
    const broken: SeedRunner<string> = async (seed) => {
      if (seed === 2) throw new RangeError('no such seed');
      return `report ${seed}`;
    };
    await expect(collect(runInOrder([1, 2], [broken]))).rejects.toThrow('no such seed');
  });
});
