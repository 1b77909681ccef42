import { OptionsError } from '../core/index.js';

/** Times are in ms of the lab's clock. A field's name is its unit's. */
export type DetectorOptions = {
  /** How often each watched node is pinged; its answers are the heartbeats. */
  readonly heartbeatMs: number;
  /** Heartbeat intervals that are remembered of each watched node (Hayashibara 5.1: the sampling window). */
  readonly windowSize: number;
  /** The deviation is taken for no smaller: a rhythm without any jitter would else be a suspicion at its first stumble. */
  readonly deviationMinMs: number;
  /** A longer interval counts as this long: one long silence must not make the next one hard to notice. */
  readonly intervalMaxMs: number;
  /** φ from which on a silent node is suspected, in tenths. */
  readonly suspectPhiTenths: number;
  /** φ from which on others are asked to reach a silent node, in tenths. */
  readonly probePhiTenths: number;
  /** How much longer than φ says a node may be silent before it is suspected: a tab collects its garbage. */
  readonly acceptablePauseMs: number;
  /** Helpers in each round of indirect probes (SWIM 3.1: k). */
  readonly helpers: number;
  /** How long helpers have until a silent node may be suspected. */
  readonly indirectTimeoutMs: number;
  /** How long a suspicion can be refuted before it is confirmed (SWIM 4.2). */
  readonly confirmAfterMs: number;
  /** Watched nodes; where there are no more, everybody watches everybody. */
  readonly watchedMax: number;
  /** Where not all are watched, one of them makes room for another this often (SWIM 4.3). */
  readonly rotateMs: number;
  /** An update is piggybacked on at most λ ln(n + 1) messages (SWIM 4.1). */
  readonly lambda: number;
  /** Updates in one message. */
  readonly updatesMax: number;
};

type Name = keyof DetectorOptions;

/** Default and allowed range of each. */
const ranges: { readonly [name in Name]: readonly [byDefault: number, min: number, max: number] } = {
  heartbeatMs: [500, 10, 60_000],
  windowSize: [100, 2, 1_000],
  deviationMinMs: [100, 1, 60_000],
  intervalMaxMs: [3_000, 10, 600_000],
  suspectPhiTenths: [80, 5, 300],
  probePhiTenths: [10, 4, 300],
  acceptablePauseMs: [500, 0, 600_000],
  helpers: [3, 0, 16],
  indirectTimeoutMs: [300, 1, 60_000],
  confirmAfterMs: [5_000, 1, 600_000],
  watchedMax: [11, 1, 64],
  rotateMs: [30_000, 10, 3_600_000],
  lambda: [3, 1, 32],
  updatesMax: [8, 1, 32],
};

/**
 * Checks what a user gave and fills in defaults, `ownDefaults` being those of the protocol that stands on it. Throws
 * `OptionsError` with what to do.
 */
export function parseDetectorOptions(
  given: unknown,
  ownDefaults: Partial<DetectorOptions> = {},
): DetectorOptions {
  const fields = asRecord(given);
  for (const name of Object.keys(fields)) {
    if (Object.hasOwn(ranges, name)) continue;
    throw new OptionsError(
      `The failure detector has no option "${name}": use ${Object.keys(ranges).join(', ')}.`,
    );
  }
  const own: { readonly [name: string]: number | undefined } = ownDefaults;
  const entries = Object.entries(ranges).map(([name, [byDefault, min, max]]) => {
    const value = fields[name] ?? own[name] ?? byDefault;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
      throw new OptionsError(`${name} must be a whole number from ${min} to ${max}.`);
    }
    return [name, value] as const;
  });
  const options = Object.fromEntries(entries) as { readonly [name in Name]: number };
  checkTogether(options);
  return options;
}

function checkTogether({
  heartbeatMs,
  intervalMaxMs,
  probePhiTenths,
  suspectPhiTenths,
}: DetectorOptions): void {
  if (intervalMaxMs < 2 * heartbeatMs) {
    throw new OptionsError(
      'intervalMaxMs must be at least twice heartbeatMs, or a lost heartbeat would not be seen.',
    );
  }
  if (probePhiTenths > suspectPhiTenths) {
    throw new OptionsError(
      'probePhiTenths must not be above suspectPhiTenths: others are asked before a node is suspected.',
    );
  }
}

function asRecord(given: unknown): { readonly [name: string]: unknown } {
  if (given === undefined || given === null) return {};
  if (typeof given !== 'object' || Array.isArray(given)) {
    throw new OptionsError('Options must be an object such as {"heartbeatMs": 500}.');
  }
  return given as { readonly [name: string]: unknown };
}
