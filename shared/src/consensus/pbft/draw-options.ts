import { nextChance, nextInt, pick, type RandomState } from '../../core/index.js';
import { type PbftOptions, parseOptions } from './options.js';

/**
 * Options for one seed of the simulator: small batches, windows and intervals, so that checkpoints, full windows and view
 * changes are part of every run. Batches and pipelines of one are drawn too: larger ones hide what single requests show.
 */
export function drawOptions(random: RandomState): PbftOptions {
  const checkpointInterval = pick(random, [1, 2, 4, 8, 16, 128]);
  const viewTimeoutMs = nextInt(random, 60, 600);
  return parseOptions({
    requestsPerBatchMax: pick(random, [1, 2, 4, 64]),
    pipelineMax: pick(random, [1, 2, 8, 32]),
    checkpointInterval,
    window: checkpointInterval * pick(random, [2, 2, 3, 4]),
    viewTimeoutMs,
    viewTimeoutMaxMs: viewTimeoutMs * pick(random, [2, 4, 8]),
    statusMs: nextInt(random, 20, 200),
    fetchMs: nextInt(random, 100, 1_000),
    readOnlyOptimisation: nextChance(random, 0.3),
    requestTimeoutMs: pick(random, [5_000, 60_000]),
    retryMinMs: nextInt(random, 50, 300),
    retryMaxMs: nextInt(random, 300, 2_000),
    tentativeExecution: nextChance(random, 0.4),
  });
}
