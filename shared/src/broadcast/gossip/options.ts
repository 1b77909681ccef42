import { nextChance, nextInt, OptionsError, pick, type RandomState } from '../../core/index.js';
import { parseNamed } from '../common/options.js';
import { payloadBytesLimit } from '../common/schemas.js';

/** How messages are spread: Plumtree and flooding over HyParView's active views, fan-out to peers at random without them. */
export const variants = ['plumtree', 'flooding', 'fan-out'] as const;
export type Variant = (typeof variants)[number];
/** Whom fan-out gossip draws from: the peers that it has a link to, or all that the run began with. */
export const fanOutPeers = ['links', 'voters'] as const;
export type FanOutPeers = (typeof fanOutPeers)[number];

/** Times are in ms of the lab's clock. A field's name is its unit's. */
export type GossipOptions = {
  readonly variant: Variant;
  /** Deliver each life's messages of a sender in the order in which it sent them. */
  readonly fifo: boolean;
  readonly fanOutAmong: FanOutPeers;
  readonly activeViewMax: number;
  readonly passiveViewMax: number;
  /** ARWL: hops of a JOIN's walks, and of a shuffle's. */
  readonly activeWalkLength: number;
  /** PRWL: with so many hops left, the node that a JOIN's walk comes to takes the newcomer into its passive view. */
  readonly passiveWalkLength: number;
  /** How many of each view a shuffle carries (k_a and k_p). */
  readonly shuffleActive: number;
  readonly shufflePassive: number;
  readonly shuffleMs: number;
  readonly keepaliveMs: number;
  /** A neighbour that was not heard for so many keepalives and one more has failed. */
  readonly keepaliveMissesMax: number;
  /** How long a candidate may take to answer. */
  readonly neighborTimeoutMs: number;
  /** Between two tries to fill the active view; doubled while they come to nothing. */
  readonly repairMs: number;
  /** How long announcements wait for others to go with them. */
  readonly lazyPushMs: number;
  /** Plumtree's two timeouts: for a message that was announced, and for one that was asked for. */
  readonly ihaveTimeoutMs: number;
  readonly graftTimeoutMs: number;
  /** By how many hops a lazy link must be shorter to take the place of the eager one; 0 turns this off. */
  readonly optimizationThreshold: number;
  /** Between two comparisons with a random neighbour of what was received; 0 turns them off. */
  readonly antiEntropyMs: number;
  /** Fan-out gossip sends to ln N and so many more. */
  readonly fanOutExtra: number;
  readonly storedMessagesMax: number;
  readonly storedBytesMax: number;
  readonly payloadBytesMax: number;
  /** With fifo: how long a message waits for an earlier one before that is given up. */
  readonly fifoGapMs: number;
};

const hourMs = 3_600_000;
const known = {
  fifo: false,
  activeViewMax: { byDefault: 5, min: 2, max: 32 },
  passiveViewMax: { byDefault: 30, min: 1, max: 128 },
  activeWalkLength: { byDefault: 6, min: 1, max: 16 },
  passiveWalkLength: { byDefault: 3, min: 0, max: 16 },
  shuffleActive: { byDefault: 3, min: 0, max: 16 },
  shufflePassive: { byDefault: 4, min: 0, max: 32 },
  shuffleMs: { byDefault: 5_000, min: 10, max: hourMs },
  keepaliveMs: { byDefault: 1_000, min: 10, max: hourMs },
  keepaliveMissesMax: { byDefault: 3, min: 1, max: 100 },
  neighborTimeoutMs: { byDefault: 2_000, min: 10, max: hourMs },
  repairMs: { byDefault: 1_000, min: 10, max: hourMs },
  lazyPushMs: { byDefault: 20, min: 0, max: 60_000 },
  ihaveTimeoutMs: { byDefault: 300, min: 1, max: hourMs },
  graftTimeoutMs: { byDefault: 150, min: 1, max: hourMs },
  optimizationThreshold: { byDefault: 3, min: 0, max: 64 },
  antiEntropyMs: { byDefault: 2_000, min: 0, max: hourMs },
  fanOutExtra: { byDefault: 3, min: 0, max: 32 },
  storedMessagesMax: { byDefault: 4_096, min: 1, max: 65_536 },
  storedBytesMax: { byDefault: 8 * 1024 * 1024, min: 1_024, max: 64 * 1024 * 1024 },
  payloadBytesMax: { byDefault: 16 * 1024, min: 1, max: payloadBytesLimit },
  fifoGapMs: { byDefault: 30_000, min: 10, max: hourMs },
} as const;

/** Checks what a user gave and fills in defaults. Throws `OptionsError` with what to do. */
export function parseOptions(given: unknown): GossipOptions {
  const { words, rest } = takeWords(given);
  const options: GossipOptions = {
    variant: oneOf('variant', variants, words['variant'] ?? 'plumtree'),
    fanOutAmong: oneOf('fanOutAmong', fanOutPeers, words['fanOutAmong'] ?? 'links'),
    ...parseNamed('gossip', known, rest),
  };
  if (options.passiveWalkLength > options.activeWalkLength) {
    throw new OptionsError('passiveWalkLength must not be above activeWalkLength: no walk would come to it.');
  }
  if (options.payloadBytesMax > options.storedBytesMax) {
    throw new OptionsError(
      'storedBytesMax must not be below payloadBytesMax, or a message could not be kept.',
    );
  }
  return options;
}

export const defaultOptions: GossipOptions = parseOptions({});

/** The options that are one of a few words, apart from the others. */
function takeWords(given: unknown): { words: { readonly [name: string]: unknown }; rest: unknown } {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return { words: {}, rest: given };
  const { variant, fanOutAmong, ...rest }: { readonly [name: string]: unknown } = { ...given };
  return { words: { variant, fanOutAmong }, rest };
}

function oneOf<T extends string>(name: string, allowed: readonly T[], value: unknown): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new OptionsError(`${name} must be one of ${allowed.join(', ')}.`);
  return found;
}

/** Options for one seed of the simulator: short timeouts, small views and stores, so that each bound is met. */
export function drawOptions(random: RandomState): GossipOptions {
  const ihaveTimeoutMs = nextInt(random, 20, 400);
  return parseOptions({
    variant: pick(random, ['plumtree', 'plumtree', 'plumtree', 'plumtree', 'flooding', 'fan-out']),
    fifo: nextChance(random, 0.4),
    fanOutAmong: pick(random, fanOutPeers),
    activeViewMax: pick(random, [4, 5, 5, 6]),
    passiveViewMax: pick(random, [4, 30, 30]),
    activeWalkLength: pick(random, [3, 6]),
    shuffleMs: nextInt(random, 500, 5_000),
    keepaliveMs: nextInt(random, 200, 1_000),
    keepaliveMissesMax: nextInt(random, 2, 4),
    neighborTimeoutMs: nextInt(random, 300, 2_000),
    repairMs: nextInt(random, 200, 1_000),
    lazyPushMs: pick(random, [0, 5, 20, 100]),
    ihaveTimeoutMs,
    graftTimeoutMs: nextInt(random, 10, ihaveTimeoutMs),
    optimizationThreshold: pick(random, [0, 1, 3]),
    antiEntropyMs: nextInt(random, 300, 3_000),
    storedMessagesMax: pick(random, [8, 4_096, 4_096]),
    fifoGapMs: pick(random, [1_000, 30_000, 30_000]),
  });
}
