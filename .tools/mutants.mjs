// npm run mutants: rules broken on purpose, which the simulator must find.
import process from 'node:process';
import { become, compile } from './build.mjs';
import { runTool } from './process.mjs';
import { ensureDependencies, requireNode } from './setup.mjs';

await runTool(async () => {
  requireNode();
  await ensureDependencies();
  await compile('shared/cli');
  await become('shared/dist/cli/mutants.js', process.argv.slice(2));
});
