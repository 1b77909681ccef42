#!/usr/bin/env node
import { type Finding, huntOnThread, type Mutant, stepsPerSeed } from '../mutants/index.js';
import { faultKinds, faultyMsMax } from '../src/sim/index.js';
import { parseMutantsArguments } from './mutants-options.js';
import { complaintOf, mutantsTable } from './mutants-table.js';
import { runInOrder } from './seed-pool.js';
import { Summary } from './summary.js';
import { Workers } from './workers.js';

const options = parseMutantsArguments(process.argv.slice(2));
/** The unbroken protocol must stay clean over so many times the largest bound. */
const baselineFactor = 10;

async function main(): Promise<number> {
  const { mutants, protocol, workers, json } = options;
  const findings: Finding[] = [];
  const complaints: string[] = [];
  const huntNext = (at: number): Promise<Finding> => huntOnThread({ protocol, mutant: mutantAt(at) });
  const runners = Array.from({ length: workers }, () => huntNext);
  for await (const finding of runInOrder([...mutants.keys()], runners)) {
    const complaint = complaintOf(mutantAt(findings.length), finding);
    findings.push(finding);
    if (complaint !== null) complaints.push(complaint);
    if (json) console.log(JSON.stringify(finding));
    else showProgress(`${findings.length} of ${mutants.length} mutants`);
  }
  showProgress('');
  if (!json) console.log(mutantsTable(mutants, findings));
  for (const complaint of complaints) console.error(complaint);
  const isClean = options.baseline ? await runBaseline() : true;
  return complaints.length === 0 && isClean ? 0 : 1;
}

function mutantAt(at: number): Mutant {
  const mutant = options.mutants[at];
  if (mutant === undefined) throw new RangeError(`there is no mutant ${at}`);
  return mutant;
}

/** The unbroken protocol, at each number of nodes that a mutant has. Answers whether it stayed clean. */
async function runBaseline(): Promise<boolean> {
  const { mutants } = options;
  let isClean = true;
  for (const nodes of new Set(mutants.map((mutant) => mutant.nodes))) {
    const bounds = mutants.filter((mutant) => mutant.nodes === nodes).map(({ seedsMax }) => seedsMax);
    if (!(await runUnbroken(nodes, baselineFactor * Math.max(...bounds)))) isClean = false;
  }
  return isClean;
}

async function runUnbroken(nodes: number, count: number): Promise<boolean> {
  const { protocol, workers, json } = options;
  const startedMs = performance.now();
  const summary = new Summary();
  const task = { protocol, nodes, steps: stepsPerSeed, until: faultyMsMax, faults: new Set(faultKinds) };
  const threads = new Workers({ ...task, actions: null }, workers);
  try {
    const seeds = Array.from({ length: count }, (_, i) => i + 1);
    for await (const report of runInOrder(seeds, threads.runners)) {
      summary.add(report);
      showProgress(`${summary.seeds} of ${count} seeds of the unbroken ${protocol}`);
      const { verdict, seed, why } = report;
      if (verdict !== 'violated' && verdict !== 'undecided') continue;
      console.error(`unbroken, ${nodes} nodes, seed ${seed}: ${verdict}: ${why}`);
    }
  } finally {
    await threads.close();
  }
  showProgress('');
  const seconds = (performance.now() - startedMs) / 1000;
  if (json) console.log(JSON.stringify({ unbroken: protocol, nodes, seeds: count, clean: summary.isGood }));
  else console.log(`\nunbroken, ${nodes} nodes: ${summary.text(seconds, workers)}`);
  return summary.isGood;
}

/** A line that the next one takes the place of; none where nobody watches. */
function showProgress(text: string): void {
  if (process.stderr.isTTY && !options.json) process.stderr.write(`\r\u001b[K${text}`);
}

process.exitCode = await main();
