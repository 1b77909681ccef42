// One thread of its own for each mutant: is given it, and answers with what came of it.
import { parentPort, workerData } from 'node:worker_threads';
import { hunt } from './hunt.js';
import type { HuntTask } from './hunts.js';

const { protocol, mutant } = workerData as HuntTask;
parentPort?.postMessage(await hunt(protocol, mutant));
