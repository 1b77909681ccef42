import { Worker } from 'node:worker_threads';
import type { Finding } from './hunt.js';
import type { Mutant } from './mutant.js';

/** What a thread needs to know; can be sent to it. */
export type HuntTask = { readonly protocol: string; readonly mutant: Mutant };

/** Hunts one mutant on a thread of its own, which ends with it: nothing of one mutant is left for the next. */
export function huntOnThread(task: HuntTask): Promise<Finding> {
  const worker = new Worker(new URL('./hunt-worker.js', import.meta.url), { workerData: task });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    // Harmless after a message: then the promise is settled.
    worker.once('exit', (code) => reject(new Error(`the thread of ${task.mutant.name} ended with ${code}`)));
  });
}
