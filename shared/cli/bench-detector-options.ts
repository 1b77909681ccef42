import { Command } from 'commander';
import { wholeNumber } from './numbers.js';

export type BenchDetectorOptions = { readonly seeds: number; readonly hours: number; readonly json: boolean };

/** Reads the command line. Ends the process with a message when it can't be understood, or `--help` was asked for. */
export function parseBenchArguments(argv: readonly string[]): BenchDetectorOptions {
  const program = new Command('npm run bench -- detector')
    .description(
      'Measures the failure detector in virtual time: how long others take to notice that a tab was closed, killed or ' +
        'frozen, and how often they suspect somebody wrongly; beside a fixed timeout that notices a killed tab as soon.',
    )
    .option('--seeds <n>', 'endings of each kind', wholeNumber(1, 10_000), 30)
    .option(
      '--hours <n>',
      'hours of virtual time in which nothing ends, each a seed',
      wholeNumber(1, 1_000),
      3,
    )
    .option('--json', 'the figures as JSON', false);
  program.parse(argv, { from: 'user' });
  return program.opts<BenchDetectorOptions>();
}
