// npm start: everything needed to set up, then serve.
import path from 'node:path';
import process from 'node:process';
import { become, bundleClient, compile } from './build.mjs';
import { root, runTool } from './process.mjs';
import { ensureDependencies, requireNode } from './setup.mjs';

await runTool(async () => {
  requireNode();
  await ensureDependencies();
  await compile('signaling-server');
  const args = process.argv.slice(2);
  if (!args.includes('--help') && !args.includes('-h')) await bundleClient();
  await become('signaling-server/dist/src/main.js', ['--static', path.join(root, 'client', 'dist'), ...args]);
});
