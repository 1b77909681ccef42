// One thread of the simulator: is sent seeds, one at a time, and answers each with its report.
import { parentPort, workerData } from 'node:worker_threads';
import { runSeed } from '../src/sim/index.js';
import { seedOptions, type WorkerTask } from './workers.js';

const task = workerData as WorkerTask;
parentPort?.on('message', (seed: number) => {
  parentPort?.postMessage(runSeed(seedOptions(task, seed)));
});
