import { nextChance, nextInt, OptionsError, pick, type RandomState } from '../../core/index.js';
import { type DetectorOptions, drawDetectorOptions, parseDetectorOptions } from '../../detector/index.js';
import { parseNamed } from '../common/options.js';
import { payloadBytesLimit, windowLimit } from '../common/schemas.js';

/** Times are in ms of the lab's clock. */
export type ReliableOptions = {
  /** Deliver only what a majority of the voters holds on disk: then all get it, even if whoever delivers it crashes for good. */
  readonly uniform: boolean;
  /** Deliver the broadcasts of one origin in the order in which it made them. */
  readonly fifo: boolean;
  /** Relay everything at once, instead of what comes from nodes that are suspected to have crashed. */
  readonly eager: boolean;
  /** What a node has not acknowledged is sent to it again after this time, and later each time up to 16 times as late. */
  readonly retransmitMs: number;
  /** How often a node tells the others what it has, so that they give it what it missed; 0 only when they meet. */
  readonly syncEveryMs: number;
  /** Messages that may be unacknowledged by one node at a time, and that may come before one that is missing. */
  readonly windowMax: number;
  /** Own broadcasts that some node which can be reached has not acknowledged; beyond, `busy`. */
  readonly pendingMax: number;
  /** Messages kept for those that missed them; beyond, the oldest are dropped. */
  readonly storeMax: number;
  readonly storeBytesMax: number;
  readonly payloadBytesMax: number;
  /** Of the failure detector that it stands on. */
  readonly detector: DetectorOptions;
};

/**
 * A watched node is one that this node has a link to. In a large room few are enough, since suspicions spread, and they
 * change seldom: whoever has no link to an origin any more relays for it, as if it had crashed.
 */
const detectorDefaults = { watchedMax: 8, rotateMs: 600_000 } as const;

const known = {
  uniform: false,
  fifo: false,
  eager: false,
  retransmitMs: { byDefault: 200, min: 1, max: 600_000 },
  syncEveryMs: { byDefault: 2_000, min: 0, max: 600_000 },
  windowMax: { byDefault: 64, min: 1, max: windowLimit },
  pendingMax: { byDefault: 128, min: 1, max: 4_096 },
  storeMax: { byDefault: 8_192, min: 4, max: 65_536 },
  storeBytesMax: { byDefault: 16 * 1024 * 1024, min: 1_024, max: 64 * 1024 * 1024 },
  payloadBytesMax: { byDefault: 16 * 1024, min: 1, max: payloadBytesLimit },
  detector: (given: unknown): DetectorOptions => parseDetectorOptions(given, detectorDefaults),
} as const;

/** Checks what a user gave and fills in defaults. Throws `OptionsError` with what to do. */
export function parseOptions(given: unknown): ReliableOptions {
  const options = parseNamed('reliable', known, given);
  if (options.storeBytesMax < 2 * options.payloadBytesMax) {
    throw new OptionsError('storeBytesMax must be at least twice payloadBytesMax.');
  }
  return options;
}

export const defaultOptions: ReliableOptions = parseOptions({});

/** Options for one seed of the simulator: every variant, tiny windows, stores that overflow, hasty and slow detectors. */
export function drawOptions(random: RandomState): ReliableOptions {
  return parseOptions({
    uniform: nextChance(random, 0.5),
    fifo: nextChance(random, 0.5),
    eager: nextChance(random, 0.3),
    retransmitMs: nextInt(random, 20, 400),
    // Without rounds of its own, what is missing comes by retransmission, relays and meetings alone.
    syncEveryMs: pick(random, [0, 0, nextInt(random, 100, 3_000)]),
    windowMax: pick(random, [1, 4, 64]),
    pendingMax: pick(random, [2, 16, 128]),
    storeMax: pick(random, [16, 8_192, 8_192]),
    detector: drawDetectorOptions(random),
  });
}
