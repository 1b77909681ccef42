// npm run scenario: stories in the scenario language.
import process from 'node:process';
import { become, compile } from './build.mjs';
import { runTool } from './process.mjs';
import { ensureDependencies, requireNode } from './setup.mjs';

await runTool(async () => {
  requireNode();
  await ensureDependencies();
  await compile('shared/cli');
  await become('shared/dist/cli/scenario.js', process.argv.slice(2));
});
