// What a fresh clone needs before anything can run: dependencies, and for tests and benchmarks a browser.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { root, run, runPackage, say, ToolError } from './process.mjs';

const nodeNeeded = [20, 19];

/**
 * Throws a ToolError unless this Node can run Quorate.
 * @param {string} [version] such as `v20.19.0`
 */
export function requireNode(version = process.version) {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const [majorNeeded = 0, minorNeeded = 0] = nodeNeeded;
  if (major > majorNeeded || (major === majorNeeded && minor >= minorNeeded)) return;
  throw new ToolError(
    `Quorate needs Node ${nodeNeeded.join('.')} or newer, this is ${version}: see https://nodejs.org`,
  );
}

/**
 * @typedef {object} LockEntry an entry of a lockfile's `packages`
 * @property {string} [version]
 * @property {string} [integrity]
 * @property {boolean} [link]
 * @property {boolean} [optional]
 * @typedef {{ readonly packages?: Readonly<Record<string, LockEntry>> }} Lockfile
 */

/**
 * Whether what is installed is what the lockfile asks for. npm leaves a lockfile of its own in node_modules, written
 * last, so an installation that was interrupted or is out of date shows.
 * @param {Lockfile} wanted package-lock.json
 * @param {Lockfile | undefined} installed node_modules/.package-lock.json
 */
export function isInstalled(wanted, installed) {
  if (installed?.packages === undefined) return false;
  const has = installed.packages;
  return Object.entries(wanted.packages ?? {}).every(([where, entry]) => {
    if (!where.includes('node_modules/')) return true;
    const found = has[where];
    // An optional package belongs to another platform when it is missing.
    if (found === undefined) return entry.optional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

/** Installs the dependencies when they are missing or not those of the lockfile. */
export async function ensureDependencies() {
  const lockPath = path.join(root, 'package-lock.json');
  const installedPath = path.join(root, 'node_modules', '.package-lock.json');
  const hasLock = existsSync(lockPath);
  if (
    hasLock &&
    isInstalled(readJson(lockPath), existsSync(installedPath) ? readJson(installedPath) : undefined)
  )
    return;
  say('installing dependencies');
  const npmScript = process.env['npm_execpath'];
  const [command, first] = npmScript?.endsWith('.js') ? [process.execPath, [npmScript]] : ['npm', []];
  /** @param {readonly string[]} args */
  const npm = (...args) =>
    run(command, [...first, ...args, '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
      output: 'stderr',
    });
  let code = hasLock ? await npm('ci') : 1;
  if (code !== 0) {
    say('the lockfile does not fit, taking what package.json asks for');
    code = await npm('install', '--no-save');
  }
  if (code !== 0) throw new ToolError('npm could not install the dependencies: see its message above');
}

/**
 * The path of a Chromium that runs, for tests and benchmarks; it is put into QUORATE_CHROMIUM for child processes.
 * Takes the first of: QUORATE_CHROMIUM, an installed one, Playwright's own (downloaded where it can be), Debian's
 * package (as root). Throws a ToolError that says what to install.
 */
export async function ensureBrowser() {
  const found = (await findInstalled()) ?? (await findPlaywrights()) ?? (await installDebians());
  if (found === undefined) {
    throw new ToolError(
      'no Chromium found: install Chromium or Google Chrome, or set QUORATE_CHROMIUM to the path of one',
    );
  }
  process.env['QUORATE_CHROMIUM'] = found;
  return found;
}

/**
 * The Chromium named by QUORATE_CHROMIUM, else the first on the PATH that answers to --version (some distributions
 * put a script there that only says how to install it). Throws a ToolError if the one named does not run.
 * @param {NodeJS.ProcessEnv} [env]
 */
export async function findInstalled(env = process.env) {
  const named = env['QUORATE_CHROMIUM'];
  if (named) {
    if (await runs(named)) return named;
    throw new ToolError(`QUORATE_CHROMIUM is ${named}, which does not run`);
  }
  const folders = (env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  for (const name of ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']) {
    for (const folder of folders) {
      const candidate = path.join(folder, name);
      if (existsSync(candidate) && (await runs(candidate))) return candidate;
    }
  }
  return undefined;
}

async function findPlaywrights() {
  const modulePath = path.join(root, 'node_modules', 'playwright-core', 'index.mjs');
  const { chromium } = await import(pathToFileURL(modulePath).href);
  const downloaded = chromium.executablePath();
  if (existsSync(downloaded) && (await runs(downloaded))) return downloaded;
  say("no Chromium installed: downloading Playwright's");
  const env = { PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '10000' };
  await runPackage('playwright', 'playwright', ['install', '--no-shell', 'chromium'], {
    env,
    output: 'stderr',
    timeLimitMs: 180_000,
  });
  return existsSync(downloaded) && (await runs(downloaded)) ? downloaded : undefined;
}

async function installDebians() {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return undefined;
  say("installing Debian's chromium");
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, output: /** @type {const} */ ('stderr'), timeLimitMs: 300_000 };
  await run('apt-get', ['update', '-qq'], options);
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], options);
  return findInstalled();
}

/** @param {string} executable */
async function runs(executable) {
  return (await run(executable, ['--version'], { output: 'none', timeLimitMs: 15_000 })) === 0;
}

/** @param {string} file */
function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
