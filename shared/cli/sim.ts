#!/usr/bin/env node
import { Command, InvalidArgumentError, Option } from 'commander';
import { findProtocol, runnableProtocols } from '../src/registry.js';
import { type FaultKind, faultKinds, runSeed, type SeedReport } from '../src/sim/index.js';

type Options = {
  readonly protocol: string;
  readonly nodes: number;
  readonly seeds: number;
  readonly from: number;
  readonly seed?: number;
  readonly steps: number;
  readonly faults: ReadonlySet<FaultKind>;
  readonly json: boolean;
};

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!Number.isSafeInteger(number) || number < min || number > max) {
      throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
    }
    return number;
  };
}

function parseFaults(text: string): ReadonlySet<FaultKind> {
  if (text === 'swarm') return new Set(faultKinds);
  if (text === 'none') return new Set();
  const kinds = text.split(',').map((name) => {
    const kind = faultKinds.find((known) => known === name);
    if (kind === undefined) {
      throw new InvalidArgumentError(
        `There is no fault ${name}. Give swarm, none, or some of ${faultKinds.join(',')}.`,
      );
    }
    return kind;
  });
  return new Set(kinds);
}

function parseArguments(): Options {
  const seedNumber = wholeNumber(0, 0xffffffff);
  const program = new Command('npm run sim --')
    .description(
      'Runs a protocol in a simulated world of faults, many seeds of it, and checks its rules after every step.\n' +
        'Exits with 1 when a rule fell, and prints the command that repeats it.',
    )
    .addOption(new Option('--protocol <name>', 'which protocol').choices(runnableProtocols()).default('raft'))
    .option('--nodes <n>', 'how many nodes, all voters', wholeNumber(1, 9), 5)
    .option('--seeds <n>', 'how many seeds', wholeNumber(1, 10_000_000), 200)
    .option('--from <seed>', 'the first seed', seedNumber, 1)
    .option('--seed <seed>', 'this seed alone', seedNumber)
    .option('--steps <n>', 'steps of processes before the faults end', wholeNumber(100, 10_000_000), 4000)
    .option(
      '--faults <list>',
      `swarm, none, or some of ${faultKinds.join(',')}`,
      parseFaults,
      new Set(faultKinds),
    )
    .option('--json', 'one line of JSON a seed', false)
    .parse();
  return program.opts<Options>();
}

function repeatCommand(options: Options, seed: number): string {
  const isSwarm = options.faults.size === faultKinds.length;
  const faults = isSwarm
    ? ''
    : ` --faults ${options.faults.size === 0 ? 'none' : [...options.faults].join(',')}`;
  return `npm run sim -- --protocol ${options.protocol} --nodes ${options.nodes} --seed ${seed} --steps ${options.steps}${faults}`;
}

function main(): number {
  const options = parseArguments();
  const protocol = findProtocol(options.protocol);
  if (protocol === null) throw new Error(`unknown protocol ${options.protocol}`);
  const seeds =
    options.seed === undefined
      ? Array.from({ length: options.seeds }, (_, i) => options.from + i)
      : [options.seed];
  const startedMs = performance.now();
  const reports: SeedReport[] = [];
  for (const seed of seeds) {
    const report = runSeed({
      protocol,
      nodes: options.nodes,
      seed,
      steps: options.steps,
      faults: options.faults,
    });
    reports.push(report);
    if (options.json) console.log(JSON.stringify(report));
    if (report.verdict !== 'clean') {
      console.error(`seed ${seed}: ${report.verdict}: ${report.why}`);
      console.error(`repeat: ${repeatCommand(options, seed)}`);
      if (report.verdict === 'violated') break;
    }
    if (process.stderr.isTTY && !options.json)
      process.stderr.write(`\r${reports.length} of ${seeds.length} seeds`);
  }
  return summarise(reports, (performance.now() - startedMs) / 1000, options.json);
}

function summarise(reports: readonly SeedReport[], seconds: number, json: boolean): number {
  const sum = (pick: (report: SeedReport) => number): number =>
    reports.reduce((total, report) => total + pick(report), 0);
  const violated = reports.filter((report) => report.verdict === 'violated').length;
  const undecided = reports.filter((report) => report.verdict === 'undecided').length;
  if (!json) {
    const steps = sum((report) => report.steps);
    if (process.stderr.isTTY) process.stderr.write('\r');
    console.log(
      `${reports.length} seeds: ${reports.length - violated - undecided} clean, ${violated} violated, ${undecided} undecided; ` +
        `${steps} steps, ${Math.round(steps / seconds)} a second, ${sum((report) => report.acknowledged)} writes acknowledged, ` +
        `${(sum((report) => report.virtualMs) / 1000).toFixed(0)} s of virtual time in ${seconds.toFixed(1)} s`,
    );
  }
  return violated > 0 || undecided > 0 ? 1 : 0;
}

process.exitCode = main();
