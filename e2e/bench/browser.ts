import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { BrowserContext } from '@playwright/test';
import { plainHostArg } from '../support/harness.js';
import { Profile } from '../support/profile.js';
import { root } from '../support/root.js';

/** The arguments that the tests use as well; the plain host leads to loopback. */
const args = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
  '--disable-gpu',
  // Each tab has a process of its own, or one that crashes would take others of the same site along.
  '--renderer-process-limit=64',
  plainHostArg,
];

/**
 * The Chromium that the variable QUORATE_CHROMIUM names, as the tool that starts this sets it, else Playwright's. Its
 * profile is on the disk of the checkout: in a private window, as Playwright's own contexts are, disks are memory, and
 * each write asks another process; and a folder for temporary files may be memory, too.
 */
export function createProfile(): Promise<Profile> {
  const executablePath = process.env['QUORATE_CHROMIUM'];
  const options = {
    headless: true,
    args: browserArgs(),
    ...(executablePath ? { executablePath } : {}),
  };
  return Profile.create(options, path.join(root, 'e2e', 'dist'));
}

/** What every measured browser is started with. */
export function browserArgs(): string[] {
  // Chromium refuses to start its sandbox as root.
  return [...args, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])];
}

export type Machine = {
  readonly browser: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  /** Averaged over a minute: above 0 before a run means that the machine does something else, too. */
  readonly loadBefore: number;
  readonly node: string;
  readonly date: string;
};

export async function describeMachine(context: BrowserContext): Promise<Machine> {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  const { product } = await session.send('Browser.getVersion');
  await page.close();
  return {
    browser: product.replace(/^\w+\//, 'Chromium '),
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.cpus().length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()}`,
    loadBefore: os.loadavg()[0] ?? 0,
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
  };
}
