import { parseArgs } from 'node:util';

export type BenchOptions = {
  readonly what: 'raft' | 'telemetry';
  readonly json: boolean;
  readonly tabs: number;
  /** Tabs that watch, where it is measured what they cost. */
  readonly watchers: number;
  /** How much of everything is measured. */
  readonly size: BenchSize;
};

export type BenchSize = {
  readonly name: 'full' | 'quick';
  readonly warmUp: number;
  /** Load before commits are measured: a browser takes some seconds to compile a hot path in every tab's process. */
  readonly warmUpMs: number;
  readonly roundTrips: number;
  readonly commits: number;
  readonly throughputMs: number;
  readonly throughputRepeats: number;
  readonly failovers: number;
  readonly meshes: number;
};

/** What the command line got wrong; the message says what to give. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const usage = `npm run bench -- raft [--tabs N] [--quick] [--json]

Measures a cluster of N tabs (3 to 9, 5 if not given) in a real Chromium, with its own references in the same run.
  --quick  fewer samples
  --json   the figures as JSON on stdout

npm run bench -- telemetry [--tabs N] [--watchers N] [--quick] [--json]

Measures what N tabs that watch (20 if not given) cost the commits of a cluster, against none in the same run.

npm run bench -- detector [--help]: the failure detector, in virtual time
npm run bench -- detector-live [--help]: the same in real browsers
npm run bench -- gossip [--help]: gossip broadcast among up to 10,000 nodes, in virtual time`;

const sizes: { readonly [name in BenchSize['name']]: Omit<BenchSize, 'name'> } = {
  full: {
    warmUp: 200,
    warmUpMs: 15_000,
    roundTrips: 1_000,
    commits: 1_000,
    throughputMs: 5_000,
    throughputRepeats: 3,
    failovers: 10,
    meshes: 3,
  },
  quick: {
    warmUp: 50,
    warmUpMs: 6_000,
    roundTrips: 200,
    commits: 200,
    throughputMs: 2_000,
    throughputRepeats: 1,
    failovers: 3,
    meshes: 1,
  },
};

/** Null when help was asked for. Throws `UsageError`. */
export function parseOptions(args: readonly string[]): BenchOptions | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  const [what, ...others] = positionals;
  if ((what !== 'raft' && what !== 'telemetry') || others.length > 0)
    throw new UsageError(`say what to measure: raft, telemetry, detector or gossip\n\n${usage}`);
  const tabs = numberOf('tabs', values.tabs, 3, 9);
  const watchers = numberOf('watchers', values.watchers, 1, 40);
  const name = values.quick ? 'quick' : 'full';
  return { what, json: values.json, tabs, watchers, size: { name, ...sizes[name] } };
}

function numberOf(name: string, given: string, min: number, max: number): number {
  const number = Number(given);
  if (!Number.isInteger(number) || number < min || number > max)
    throw new UsageError(`--${name} ${given}: give ${min} to ${max}`);
  return number;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        tabs: { type: 'string', default: '5' },
        watchers: { type: 'string', default: '20' },
      },
    });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  }
}
