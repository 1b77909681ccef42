// npm run bench: the benchmarks, in real browsers or in virtual time.
import process from 'node:process';
import { become, bundleClient, compile } from './build.mjs';
import { runTool } from './process.mjs';
import { ensureBrowser, ensureDependencies, requireNode } from './setup.mjs';

/** Benchmarks that need no browser. */
const simulatedBenches = new Map([
  ['detector', 'shared/dist/cli/bench-detector.js'],
  ['gossip', 'shared/dist/cli/gossip-bench.js'],
]);

/** Those in real browsers that have a program of their own; all others are `main`'s. */
const liveBenches = new Map([['detector-live', 'e2e/dist/bench/detector/main.js']]);

await runTool(async () => {
  requireNode();
  await ensureDependencies();
  const args = process.argv.slice(2);
  const simulated = simulatedBenches.get(args[0] ?? '');
  if (simulated !== undefined) {
    await compile('shared/cli');
    return become(simulated, args.slice(1));
  }
  await compile('signaling-server', 'e2e');
  if (!args.includes('--help') && !args.includes('-h')) {
    await ensureBrowser();
    await bundleClient();
  }
  const live = liveBenches.get(args[0] ?? '');
  if (live !== undefined) return become(live, args.slice(1));
  await become('e2e/dist/bench/main.js', args);
});
