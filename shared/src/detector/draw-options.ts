import { nextChance, nextInt, pick, type RandomState } from '../core/index.js';
import { type DetectorOptions, parseDetectorOptions } from './options.js';

/** Options for one seed of the simulator: fast and slow rhythms, few watched nodes, few helpers, small messages. */
export function drawDetectorOptions(random: RandomState): DetectorOptions {
  const heartbeatMs = nextInt(random, 50, 500);
  return parseDetectorOptions({
    heartbeatMs,
    windowSize: pick(random, [2, 10, 100]),
    deviationMinMs: nextInt(random, 5, 100),
    intervalMaxMs: heartbeatMs * nextInt(random, 2, 8),
    suspectPhiTenths: nextInt(random, 20, 120),
    probePhiTenths: nextInt(random, 5, 20),
    acceptablePauseMs: pick(random, [0, 100, 500]),
    helpers: nextInt(random, 0, 3),
    indirectTimeoutMs: nextInt(random, 20, 300),
    confirmAfterMs: nextInt(random, 200, 3_000),
    // Few, so that what large rooms do is done by small ones too.
    watchedMax: nextChance(random, 0.5) ? 11 : nextInt(random, 1, 3),
    rotateMs: nextInt(random, 200, 3_000),
    lambda: nextInt(random, 1, 4),
    updatesMax: pick(random, [1, 2, 8]),
  });
}
