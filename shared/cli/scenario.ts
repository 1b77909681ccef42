#!/usr/bin/env node
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import {
  describeDifference,
  parseScript,
  play,
  rewriteScript,
  ScenarioError,
} from '../src/scenario/index.js';
import { VirtualStage } from '../src/sim/index.js';

type Options = { readonly rewrite: boolean };

function findScenarios(): readonly string[] {
  // From shared/dist/cli, where this file is run.
  const sources = path.join(import.meta.dirname, '../../src');
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).sort();
  return files.filter((file) => file.endsWith('.scenario')).map((file) => path.join(sources, file));
}

/** Plays one file. Answers whether all came as it is written there, or was written there now. */
async function playFile(file: string, { rewrite }: Options): Promise<boolean> {
  const source = readFileSync(file, 'utf8');
  const script = parseScript(source);
  const played = await play(
    script.map(({ step }) => step),
    new VirtualStage(),
  );
  // A scenario that fails is no transcript to keep.
  if (rewrite && played.failure === null) {
    writeFileSync(file, rewriteScript(source, played));
    console.log(`${file}: written`);
    return true;
  }
  const difference = describeDifference(script, played);
  console.log(difference === null ? `${file}: as written` : `${file}:\n${difference}`);
  return difference === null;
}

async function main(): Promise<number> {
  const program = new Command('npm run scenario --')
    .description(
      'Plays scenarios (docs/scenarios.md) in the simulator and compares what happens with the transcripts in the files.\n' +
        'Exits with 1 when something differs, an expectation fails or a rule falls.',
    )
    .argument('[files...]', 'scenario files; all that there are without one')
    .option('--rewrite', 'write the transcripts of this run into the files', false)
    .parse();
  let failed = 0;
  const files = program.args.length > 0 ? program.args : findScenarios();
  for (const file of files) {
    try {
      if (!(await playFile(file, program.opts<Options>()))) failed += 1;
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
      console.log(`${file}: ${error.message}`);
      failed += 1;
    }
  }
  return failed > 0 ? 1 : 0;
}

process.exitCode = await main();
