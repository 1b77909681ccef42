// Builds what is to be run, and only what has changed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { root, runPackage, say, ToolError } from './process.mjs';

/**
 * Compiles TypeScript projects and what they stand on (tsc itself skips what is up to date).
 * @param {readonly string[]} projects folders with a tsconfig.json, such as `signaling-server`
 */
export async function compile(...projects) {
  const code = await runPackage('typescript', 'tsc', ['-b', ...projects], { output: 'stderr' });
  if (code !== 0) throw new ToolError(`${projects.join(', ')} did not compile: see above`);
}

/** Bundles the client into client/dist, unless it has been bundled from these very sources. */
export async function bundleClient() {
  const stamp = path.join(root, '.cache', 'client.hash');
  const sources = ['client', 'shared/src', 'shared/package.json', 'package-lock.json'];
  const hash = hashFiles(sources.map((source) => path.join(root, source)));
  const isCurrent = existsSync(stamp) && readFileSync(stamp, 'utf8') === hash;
  if (isCurrent && existsSync(path.join(root, 'client', 'dist', 'index.html'))) return;
  say('building');
  const code = await runPackage('vite', 'vite', ['build', '--logLevel', 'warn'], {
    cwd: path.join(root, 'client'),
    output: 'stderr',
  });
  if (code !== 0) throw new ToolError('the client could not be built: see above');
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
}

/**
 * One hash over the names and contents of all source files in these places: tests, outputs and dependencies don't count.
 * @param {readonly string[]} places files or folders; a missing one counts as empty
 */
export function hashFiles(places) {
  const hash = createHash('sha256');
  /** @param {string} place */
  const add = (place) => {
    if (!existsSync(place)) return;
    if (statSync(place).isDirectory()) {
      const names = readdirSync(place).filter((name) => !['node_modules', 'dist', '.cache'].includes(name));
      for (const name of names.sort()) add(path.join(place, name));
    } else if (!/\.test\.tsx?$/.test(place)) {
      const content = readFileSync(place);
      hash.update(`${path.relative(root, place)}\0${content.length}\0`).update(content);
    }
  };
  for (const place of places) add(place);
  return hash.digest('hex');
}

/**
 * Goes on as the given program, in this very process: signals, exit code and terminal are the program's own.
 * @param {string} program its compiled file, relative to the root
 * @param {readonly string[]} args
 */
export async function become(program, args) {
  const file = path.join(root, program);
  if (!existsSync(file)) throw new ToolError(`${program} is missing`);
  process.argv = [process.execPath, file, ...args];
  await import(pathToFileURL(file).href);
}
