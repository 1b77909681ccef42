import { availableParallelism } from 'node:os';
import { Command, Option } from 'commander';
import { findMutants, type Mutant, protocolsWithMutants } from '../mutants/index.js';
import { wholeNumber } from './numbers.js';

export type MutantsOptions = {
  readonly protocol: string;
  readonly mutants: readonly Mutant[];
  readonly workers: number;
  readonly baseline: boolean;
  readonly json: boolean;
};

type Given = {
  readonly protocol: string;
  readonly only?: string;
  readonly workers: number;
  readonly baseline: boolean;
  readonly json: boolean;
};

/** Reads the command line. Ends the process with a message when it can't be understood, or `--help` was asked for. */
export function parseMutantsArguments(
  argv: readonly string[],
  program = createMutantsProgram(),
): MutantsOptions {
  program.parse(argv, { from: 'user' });
  const { only, ...given } = program.opts<Given>();
  const all = findMutants(given.protocol)?.mutants ?? [];
  if (only === undefined) return { ...given, mutants: all };
  const names = only.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !all.some((mutant) => mutant.name === name));
  if (unknown !== undefined) {
    const known = all.map(({ name }) => name).join(', ');
    program.error(`error: ${given.protocol} has no mutant "${unknown}". There are ${known}.`);
  }
  return { ...given, mutants: all.filter(({ name }) => names.includes(name)) };
}

/** The command line itself; the tests make its errors throw. */
export function createMutantsProgram(): Command {
  return new Command('npm run mutants --')
    .description(
      "Breaks a protocol's rules and its host's on purpose, one at a time, and runs the simulator on each: it must find " +
        'the break within the stated number of seeds, by the rule that is broken. Then the unbroken protocol must stay ' +
        'clean over ten times as many seeds. Exits with 1 when a mutant is not found, or is found by another rule, or ' +
        'the unbroken protocol is not clean.',
    )
    .addOption(
      new Option('--protocol <name>', 'whose rules to break').choices(protocolsWithMutants()).default('raft'),
    )
    .option('--only <names>', 'these mutants alone, with commas between them')
    .option('--workers <n>', 'mutants at a time', wholeNumber(1, 256), availableParallelism())
    .option('--no-baseline', 'do not run the unbroken protocol, which takes most of the time')
    .option('--json', 'one line of JSON a mutant, and one for the unbroken protocol', false);
}
