/** Runs one seed somewhere; asked for the next only when it has answered. */
export type SeedRunner<Report> = (seed: number) => Promise<Report>;

/** Reports that may wait for an earlier seed's, for each of several runners. */
const aheadMax = 16;

/** Runs seeds on all runners at once, and hands their reports on in the order of the seeds. */
export async function* runInOrder<Report>(
  seeds: readonly number[],
  runners: readonly SeedRunner<Report>[],
): AsyncGenerator<Report> {
  const pool = new Pool(runners);
  const started: Promise<Report>[] = [];
  const startedMax = runners.length === 1 ? 1 : runners.length * aheadMax;
  for (const seed of seeds) {
    started.push(pool.run(seed));
    if (started.length < startedMax) continue;
    const first = started.shift();
    if (first !== undefined) yield await first;
  }
  for (const report of started) yield await report;
}

/** Gives each seed the next runner that is free. */
class Pool<Report> {
  readonly #free: SeedRunner<Report>[];
  readonly #waiting: ((runner: SeedRunner<Report>) => void)[] = [];

  constructor(runners: readonly SeedRunner<Report>[]) {
    this.#free = [...runners];
  }

  async run(seed: number): Promise<Report> {
    const runner =
      this.#free.pop() ?? (await new Promise<SeedRunner<Report>>((free) => this.#waiting.push(free)));
    try {
      return await runner(seed);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(runner);
      else next(runner);
    }
  }
}
