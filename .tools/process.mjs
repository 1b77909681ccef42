// Running other programs, and saying what is being done. Plain Node: this runs before anything is installed.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** What a person should read and do something about; shown as one line, without a stack. */
export class ToolError extends Error {}

/**
 * Says a short line on stderr: stdout belongs to the program that is being run.
 * @param {string} line
 */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * @typedef {object} RunOptions
 * @property {NodeJS.ProcessEnv} [env] added to this process's own
 * @property {number} [timeLimitMs] ends the program (SIGTERM, then SIGKILL) once it has run that long
 * @property {'all' | 'stderr' | 'none'} [output] where its output goes: as it is, all to stderr, or nowhere
 * @property {string} [cwd] the repository's root by default
 */

/**
 * Runs a program to its end. A signal to this process ends the program first, then this process.
 * Answers with its exit code (128 + n when signal n ended it; 124 at the time limit; 127 if it can't be started).
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<number>}
 */
export function run(command, args, { env = {}, timeLimitMs = 0, output = 'all', cwd = root } = {}) {
  const stdout = { all: /** @type {const} */ ('inherit'), stderr: 2, none: /** @type {const} */ ('ignore') }[
    output
  ];
  const stderr = output === 'none' ? 'ignore' : 'inherit';
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', stdout, stderr],
    });
    let timedOut = false;
    /** @type {number | undefined} */
    let stoppedByCode;
    /** @param {number} code */
    const stop = (code) => {
      stoppedByCode = code;
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), 10_000).unref();
    };
    const onInterrupt = () => stop(130);
    const onTerminate = () => stop(143);
    process.on('SIGINT', onInterrupt).on('SIGTERM', onTerminate);
    const limit =
      timeLimitMs > 0
        ? setTimeout(() => {
            timedOut = true;
            child.kill('SIGTERM');
            setTimeout(() => child.kill('SIGKILL'), 10_000).unref();
          }, timeLimitMs)
        : undefined;
    /** @param {number} code */
    const finish = (code) => {
      clearTimeout(limit);
      process.off('SIGINT', onInterrupt).off('SIGTERM', onTerminate);
      if (stoppedByCode !== undefined) process.exit(stoppedByCode);
      resolve(timedOut ? 124 : code);
    };
    child.on('error', () => finish(127));
    child.on('close', (code, signal) => finish(code ?? (signal === 'SIGKILL' ? 137 : 143)));
  });
}

/**
 * Runs the command line of an installed package with this very Node.
 * @param {string} packageName such as `typescript`
 * @param {string} command its name in the package's `bin`
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 */
export function runPackage(packageName, command, args, options) {
  const folder = [
    root,
    ...['client', 'e2e', 'signaling-server', 'shared'].map((part) => path.join(root, part)),
  ]
    .map((base) => path.join(base, 'node_modules', packageName))
    .find((candidate) => existsSync(path.join(candidate, 'package.json')));
  if (folder === undefined) throw new ToolError(`${packageName} is not installed: run npm ci`);
  const { bin } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const script = typeof bin === 'string' ? bin : bin?.[command];
  if (typeof script !== 'string') throw new ToolError(`${packageName} has no command "${command}"`);
  return run(process.execPath, [path.join(folder, script), ...args], options);
}

/**
 * Runs the main function of a tool: a ToolError becomes one line and exit code 1.
 * @param {() => Promise<void>} main
 */
export async function runTool(main) {
  endWithParent();
  try {
    await main();
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    say(`error: ${error.message}`);
    process.exitCode = 1;
  }
}

/**
 * npm passes a signal on to its shell and no further. So whoever is started by npm ends (by SIGTERM, in good order)
 * once that shell is gone, rather than keeping a port or a browser for ever.
 */
function endWithParent() {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, 500);
  timer.unref();
}
