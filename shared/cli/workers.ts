import { Worker } from 'node:worker_threads';
import {
  type FaultKind,
  findSimulated,
  runSeed,
  type SeedOptions,
  type SeedReport,
} from '../src/sim/index.js';
import type { SeedRunner } from './seed-pool.js';

/** What a worker needs to know of all its seeds; can be sent to another thread. */
export type WorkerTask = {
  readonly protocol: string;
  readonly nodes: number;
  readonly steps: number;
  readonly until: number;
  readonly faults: ReadonlySet<FaultKind>;
  /** Of the actions that a seed draws only these; null for all. */
  readonly actions: ReadonlySet<string> | null;
};

/** The task's options for one seed. Throws for a protocol that there is not. */
export function seedOptions(task: WorkerTask, seed: number): SeedOptions {
  const { nodes, steps, until, faults, actions } = task;
  const protocol = findSimulated(task.protocol);
  if (protocol === null) throw new RangeError(`there is no protocol ${task.protocol}`);
  return { protocol, nodes, seed, steps, untilMs: until, faults, actions: actions ?? undefined };
}

/** A runner on the thread that asks. */
export function runHere(options: (seed: number) => SeedOptions): SeedRunner<SeedReport> {
  return async (seed) => runSeed(options(seed));
}

/** Several threads, each a runner of its own, until `close`. */
export class Workers {
  readonly runners: readonly SeedRunner<SeedReport>[];
  readonly #workers: readonly Worker[];

  constructor(task: WorkerTask, count: number) {
    const script = new URL('./sim-worker.js', import.meta.url);
    this.#workers = Array.from({ length: count }, () => new Worker(script, { workerData: task }));
    this.runners = this.#workers.map((worker) => (seed) => ask(worker, seed));
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

function ask(worker: Worker, seed: number): Promise<SeedReport> {
  return new Promise((resolve, reject) => {
    const answered = (report: SeedReport): void => {
      worker.off('error', reject);
      resolve(report);
    };
    worker.once('message', answered);
    worker.once('error', reject);
    worker.postMessage(seed);
  });
}
