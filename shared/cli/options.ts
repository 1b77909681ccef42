import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type FaultKind, faultKinds, faultyMsMax, simulated } from '../src/sim/index.js';
import { wholeNumber } from './numbers.js';

export type CliOptions = {
  readonly protocol: string;
  readonly nodes: number;
  readonly seeds: readonly number[];
  readonly steps: number;
  /** Virtual ms. */
  readonly until: number;
  readonly faults: ReadonlySet<FaultKind>;
  /** Of the actions that the seed draws only these; null for all. */
  readonly actions: ReadonlySet<string> | null;
  readonly workers: number;
  readonly json: boolean;
  readonly shrink: boolean;
  readonly transcript: boolean;
};

type Given = {
  readonly protocol: string;
  readonly nodes: number;
  readonly seeds: number;
  readonly from: number;
  readonly seed?: number;
  readonly steps: number;
  readonly until: number;
  readonly faults: ReadonlySet<FaultKind>;
  readonly actions?: ReadonlySet<string>;
  readonly workers?: number;
  readonly json: boolean;
  readonly shrink: boolean;
  readonly transcript: boolean;
};

/** Below so many seeds, starting more workers takes longer than it saves. */
const seedsForWorkersMin = 50;
const seedMax = 0xffffffff;

/** Reads the command line. Ends the process with a message when it can't be understood, or `--help` was asked for. */
export function parseArguments(argv: readonly string[], program = createProgram()): CliOptions {
  program.parse(argv, { from: 'user' });
  const given = program.opts<Given>();
  const { seed, from, seeds: count, actions = null, ...rest } = given;
  if (seed === undefined) {
    for (const name of ['transcript', 'actions'] as const) {
      if (given[name]) program.error(`error: --${name} is about one run: give its --seed too.`);
    }
    if (from + count - 1 > seedMax) {
      program.error(`error: seeds end at ${seedMax}: give a smaller --from, or fewer --seeds.`);
    }
  }
  const seeds = seed === undefined ? Array.from({ length: count }, (_, i) => from + i) : [seed];
  const workers = given.workers ?? (seeds.length > seedsForWorkersMin ? availableParallelism() : 1);
  return { ...rest, seeds, actions, workers };
}

/** The command that runs one seed again as `options` ran it, or with other faults. */
export function repeatCommand(
  {
    protocol,
    nodes,
    steps,
    until,
    faults,
    actions,
  }: Pick<CliOptions, 'protocol' | 'nodes' | 'steps' | 'until' | 'faults' | 'actions'>,
  seed: number,
): string {
  const words = ['npm run sim --', `--protocol ${protocol} --nodes ${nodes} --seed ${seed} --steps ${steps}`];
  if (until < faultyMsMax) words.push(`--until ${until}`);
  if (faults.size < faultKinds.length) words.push(`--faults ${listOf(faults)}`);
  if (actions !== null) words.push(`--actions ${listOf(actions)}`);
  return words.join(' ');
}

function listOf(names: ReadonlySet<string>): string {
  return names.size === 0 ? 'none' : [...names].join(',');
}

/** The command line itself; the tests make its errors throw. */
export function createProgram(): Command {
  const seedNumber = wholeNumber(0, seedMax);
  return new Command('npm run sim --')
    .description(
      'Runs a protocol in a simulated world of faults, many seeds of it, and checks its rules after every step. ' +
        'Exits with 1 when a rule fell or a history could not be decided, and prints the command that repeats the ' +
        'run and the smallest part of its faults that breaks the same rule.',
    )
    .addOption(new Option('--protocol <name>', 'which protocol').choices(simulated()).default('raft'))
    .option('--nodes <n>', 'how many nodes; in many seeds not all of them vote', wholeNumber(1, 16), 5)
    .option('--seeds <n>', 'how many seeds', wholeNumber(1, 10_000_000), 200)
    .option('--from <seed>', 'the first seed', seedNumber, 1)
    .addOption(
      new Option('--seed <seed>', 'this seed alone').argParser(seedNumber).conflicts(['seeds', 'from']),
    )
    .option('--steps <n>', 'steps of processes before the faults end', wholeNumber(100, 10_000_000), 4000)
    .option(
      '--until <ms>',
      'virtual time when the faults end at the latest',
      wholeNumber(1, faultyMsMax),
      faultyMsMax,
    )
    .addOption(
      new Option('--faults <list>', `swarm, none, or some of ${faultKinds.join(', ')}`)
        .argParser(parseFaults)
        .default(new Set(faultKinds), 'swarm'),
    )
    .option(
      '--actions <list>',
      "of the seed's drawn fault actions only these, such as crashes-3,pauses-1, or none",
      parseActions,
    )
    .option(
      '--workers <n>',
      `threads to run seeds on (all cores above ${seedsForWorkersMin} seeds)`,
      wholeNumber(1, 256),
    )
    .option('--json', 'one line of JSON a seed', false)
    .option('--no-shrink', 'do not look for a smaller schedule of faults when a rule fell')
    .option('--transcript', 'tell the run of one seed line by line', false);
}

function parseFaults(text: string): ReadonlySet<FaultKind> {
  if (text === 'swarm') return new Set(faultKinds);
  if (text === 'none') return new Set();
  const kinds = text.split(',').map((word) => {
    const name = word.trim();
    const kind = faultKinds.find((known) => known === name);
    if (kind === undefined) {
      throw new InvalidArgumentError(
        `There is no fault ${name}. Give swarm, none, or some of ${faultKinds.join(', ')}.`,
      );
    }
    return kind;
  });
  return new Set(kinds);
}

function parseActions(text: string): ReadonlySet<string> {
  if (text === 'none') return new Set();
  const ids = text.split(',');
  for (const id of ids) {
    if (faultKinds.some((kind) => id.startsWith(`${kind}-`) && /^[1-9]\d*$/.test(id.slice(kind.length + 1))))
      continue;
    throw new InvalidArgumentError(`"${id}" names no action. Give a kind of fault and a number: crashes-3.`);
  }
  return new Set(ids);
}
