#!/usr/bin/env node
import {
  actionText,
  type SeedOptions,
  type SeedReport,
  type Shrunk,
  shrink,
  TranscriptLog,
} from '../src/sim/index.js';
import { parseArguments, repeatCommand } from './options.js';
import { runInOrder } from './seed-pool.js';
import { Summary } from './summary.js';
import { runHere, seedOptions, Workers } from './workers.js';

const options = parseArguments(process.argv.slice(2));
const transcript = options.transcript ? new TranscriptLog() : undefined;

function optionsOf(seed: number): SeedOptions {
  return { ...seedOptions(options, seed), transcript };
}

async function main(): Promise<number> {
  const startedMs = performance.now();
  const summary = new Summary();
  const workers =
    options.workers > 1 && transcript === undefined ? new Workers(options, options.workers) : null;
  try {
    const runners = workers?.runners ?? [runHere(optionsOf)];
    for await (const report of runInOrder(options.seeds, runners)) {
      summary.add(report);
      showProgress(summary.seeds);
      for (const line of transcript?.lines() ?? []) console.log(line);
      tell(report);
      if (report.verdict === 'violated') break;
    }
  } finally {
    await workers?.close();
  }
  if (!options.json) {
    const seconds = (performance.now() - startedMs) / 1000;
    console.log(summary.text(seconds, options.workers));
  }
  return summary.isGood ? 0 : 1;
}

/** A line of JSON for each seed; else what is wrong with one, in words. */
function tell(report: SeedReport): void {
  const isBad = report.verdict === 'violated' || report.verdict === 'undecided';
  const shrunk =
    report.verdict === 'violated' && options.shrink ? shrink(optionsOf(report.seed), report) : null;
  if (options.json) printJson(report, shrunk);
  if (!isBad) return;
  clearProgress();
  console.error(`seed ${report.seed}: ${report.verdict}: ${report.why}`);
  const liars = Object.entries(report.liars).map(([node, strategy]) => `${node} (${strategy})`);
  if (liars.length > 0) console.error(`liars: ${liars.join(', ')}`);
  console.error(`repeat: ${repeatCommand(options, report.seed)}`);
  if (shrunk !== null) printShrunk(shrunk, report);
}

function printJson({ schedule, ...report }: SeedReport, shrunk: Shrunk | null): void {
  const smaller =
    shrunk === null
      ? {}
      : { shrunk: { repeat: shrunkCommand(shrunk), faults: [...shrunk.faults], actions: shrunk.actions } };
  console.log(JSON.stringify({ ...report, actions: schedule.length, ...smaller }));
}

function printShrunk(shrunk: Shrunk, { schedule }: SeedReport): void {
  const { faults, actions, report, runs } = shrunk;
  console.error(
    `shrunk in ${runs} runs from ${schedule.length} actions to ${actions.length}, with faults of ${[...faults].join(', ') || 'no kind'}:`,
  );
  for (const action of actions)
    console.error(`  ${action.atMs.toFixed(3).padStart(10)} ms  ${actionText(action)}`);
  console.error(`  then: ${report.why}`);
  console.error(`repeat: ${shrunkCommand(shrunk)}`);
}

function shrunkCommand({ steps, untilMs, faults, actions, report }: Shrunk): string {
  const ids = new Set(actions.map(({ id }) => id));
  const until = untilMs ?? options.until;
  return repeatCommand({ ...options, steps, until, faults, actions: ids }, report.seed);
}

function showProgress(done: number): void {
  if (process.stderr.isTTY && !options.json)
    process.stderr.write(`\r${done} of ${options.seeds.length} seeds `);
}

function clearProgress(): void {
  if (process.stderr.isTTY && !options.json) process.stderr.write('\r\u001b[K');
}

main().then(
  (code) => {
    clearProgress();
    process.exitCode = code;
  },
  (error: unknown) => {
    clearProgress();
    console.error(error instanceof RangeError ? `error: ${error.message}` : error);
    process.exitCode = 1;
  },
);
