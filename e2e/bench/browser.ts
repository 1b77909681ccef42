import os from 'node:os';
import process from 'node:process';
import { type Browser, chromium } from '@playwright/test';
import { plainHostArg } from '../support/harness.js';

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

/** The Chromium that the variable QUORATE_CHROMIUM names, as the tool that starts this sets it, else Playwright's. */
export function launch(): Promise<Browser> {
  const executablePath = process.env['QUORATE_CHROMIUM'];
  // Chromium refuses to start its sandbox as root.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({
    headless: true,
    args: [...args, ...sandbox],
    ...(executablePath ? { executablePath } : {}),
  });
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

export function describeMachine(browser: Browser): Machine {
  return {
    browser: `Chromium ${browser.version()}`,
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.cpus().length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()}`,
    loadBefore: os.loadavg()[0] ?? 0,
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
  };
}
