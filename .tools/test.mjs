// npm test: everything needed to set up, then every check and test there is. The last line counts them.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { bundleClient, compile } from './build.mjs';
import { countCheck, countPlaywright, countVitest, sum, summary } from './counts.mjs';
import { root, runPackage, runTool, say, ToolError } from './process.mjs';
import { ensureBrowser, ensureDependencies, requireNode } from './setup.mjs';

/** @typedef {import('./counts.mjs').Counts} Counts */

const help = `npm test [-- --only STAGE[,STAGE]] [--full]

Stages, in this order:
  types   type check (tsc)
  lint    Biome
  unit    unit tests (Vitest)
  e2e     end-to-end tests in a real browser (Playwright)

  --only  only these stages
  --full  the whole matrices too: *.full.test.ts, and end-to-end tests tagged @full
`;

const minute = 60_000;

/**
 * @typedef {(full: boolean) => Promise<Counts>} Stage
 * @type {Readonly<Record<string, Stage>>}
 */
const stages = {
  types: async () => countCheck(await runPackage('typescript', 'tsc', ['-b'], { timeLimitMs: 5 * minute })),
  lint: async () => {
    const args = ['check', '--error-on-warnings', '--max-diagnostics=50', '.'];
    return countCheck(await runPackage('@biomejs/biome', 'biome', args, { timeLimitMs: 2 * minute }));
  },
  unit: async (full) => {
    const report = forgetReport('unit.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const args = ['run', '--config', '.vitest.config.ts', ...reporters];
    const code = await runPackage('vitest', 'vitest', args, { timeLimitMs: full ? 0 : 5 * minute });
    return countVitest(readReport(report), code);
  },
  e2e: async (full) => {
    await ensureBrowser();
    await compile('shared', 'signaling-server');
    await bundleClient();
    const report = forgetReport('e2e.json');
    // The configuration ends a run that takes too long, with a report; this limit is for one that hangs.
    const options = { timeLimitMs: full ? 0 : 9 * minute };
    const code = await runPackage('@playwright/test', 'playwright', ['test'], options);
    return countPlaywright(readReport(report), code);
  },
};

await runTool(async () => {
  const { only, full, help: wantsHelp } = readArguments();
  if (wantsHelp) {
    process.stdout.write(help);
    return;
  }
  const counts = await runStages(only, full);
  const total = sum(counts);
  process.stdout.write(`${summary(total)}\n`);
  process.exitCode = total.failed === 0 ? 0 : 1;
});

/**
 * Runs the stages in order; after type errors the rest would only repeat them.
 * @param {readonly string[]} names
 * @param {boolean} full
 */
async function runStages(names, full) {
  /** @type {Counts[]} */
  const counts = [];
  try {
    requireNode();
    await ensureDependencies();
    if (names.includes('e2e')) await ensureBrowser();
  } catch (error) {
    return [fail(error)];
  }
  if (full) process.env['QUORATE_FULL'] = '1';
  for (const name of names) {
    const stage = stages[name];
    if (stage === undefined) continue;
    say(`\n--- ${name}`);
    const startedAt = performance.now();
    const counted = await stage(full).catch(fail);
    say(`--- ${name}: ${summary(counted)} (${Math.round((performance.now() - startedAt) / 1000)} s)`);
    counts.push(counted);
    if (name === 'types' && counted.failed > 0) break;
  }
  return counts;
}

/**
 * @param {unknown} error
 * @returns {Counts}
 */
function fail(error) {
  say(
    error instanceof ToolError
      ? `error: ${error.message}`
      : String(error instanceof Error ? error.stack : error),
  );
  return { passed: 0, failed: 1 };
}

function readArguments() {
  const names = Object.keys(stages);
  try {
    const { values } = parseArgs({
      options: { only: { type: 'string' }, full: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
    const only = values.only?.split(',') ?? names;
    const unknown = only.find((name) => !names.includes(name));
    if (unknown !== undefined)
      throw new Error(`there is no stage "${unknown}"; there are ${names.join(', ')}`);
    return {
      only: names.filter((name) => only.includes(name)),
      full: values.full === true,
      help: values.help === true,
    };
  } catch (error) {
    throw new ToolError(error instanceof Error ? error.message : String(error));
  }
}

/**
 * Removes what an earlier run reported, so that its counts can't be taken for this one's.
 * @param {string} name
 */
function forgetReport(name) {
  const report = path.join(root, '.cache', name);
  mkdirSync(path.dirname(report), { recursive: true });
  rmSync(report, { force: true });
  return report;
}

/**
 * @param {string} report
 * @returns {unknown} undefined when there is none, or only part of one
 */
function readReport(report) {
  if (!existsSync(report)) return undefined;
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch (error) {
    say(`unreadable report ${report}: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}
