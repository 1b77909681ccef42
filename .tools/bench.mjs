// npm run bench: the benchmarks, in real browsers.
import process from 'node:process';
import { become, bundleClient, compile } from './build.mjs';
import { runTool } from './process.mjs';
import { ensureBrowser, ensureDependencies, requireNode } from './setup.mjs';

await runTool(async () => {
  requireNode();
  await ensureDependencies();
  const args = process.argv.slice(2);
  await compile('signaling-server', 'e2e');
  if (!args.includes('--help') && !args.includes('-h')) {
    await ensureBrowser();
    await bundleClient();
  }
  await become('e2e/dist/bench/main.js', args);
});
