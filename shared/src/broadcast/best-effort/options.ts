import { nextInt, pick, type RandomState } from '../../core/index.js';
import { parseNamed } from '../common/options.js';
import { payloadBytesLimit } from '../common/schemas.js';

/** Times are in ms of the lab's clock. */
export type BestEffortOptions = {
  /** An unacknowledged message is sent again after this time; 0 sends each once, and what the network loses is lost. */
  readonly retransmitMs: number;
  /** Messages that may be unacknowledged by one node at a time; more wait. */
  readonly windowMax: number;
  /** Messages kept for one node, sent or waiting; beyond, the oldest is given up. */
  readonly pendingMax: number;
  readonly payloadBytesMax: number;
};

const known = {
  retransmitMs: { byDefault: 200, min: 0, max: 600_000 },
  windowMax: { byDefault: 64, min: 1, max: 1_024 },
  pendingMax: { byDefault: 1_024, min: 1, max: 65_536 },
  payloadBytesMax: { byDefault: 16 * 1024, min: 1, max: payloadBytesLimit },
} as const;

/** Checks what a user gave and fills in defaults. Throws `OptionsError` with what to do. */
export function parseOptions(given: unknown): BestEffortOptions {
  return parseNamed('best-effort', known, given);
}

export const defaultOptions: BestEffortOptions = parseOptions({});

/** Options for one seed of the simulator: windows of one, and stores that overflow, so that each bound is met. */
export function drawOptions(random: RandomState): BestEffortOptions {
  return parseOptions({
    retransmitMs: pick(random, [0, nextInt(random, 20, 500), nextInt(random, 20, 500)]),
    windowMax: pick(random, [1, 4, 64]),
    pendingMax: pick(random, [4, 1_024, 1_024]),
  });
}
