import process from 'node:process';
import { type Browser, test as base, chromium, expect } from '@playwright/test';
import puppeteer from 'puppeteer-core';
import type { Harness } from './pages/disk/harness.js';
import {
  type Calls,
  callOn,
  type Evaluates,
  type HarnessServer,
  plainHostArg,
  serveHarness,
} from './support/harness.js';

let server: HarnessServer;
const test = base.extend<{ call: Calls<Harness> }>({
  call: async ({ page }, use) => {
    await page.goto(server.url);
    await use(callOn<Harness>(page));
  },
});

test.beforeAll(async () => {
  server = await serveHarness('disk');
});
test.afterAll(() => server.close());

/** Runs the whole suite in a page, and names the cases that failed. */
async function runAll(page: Evaluates, kind: 'opfs' | 'indexeddb'): Promise<readonly string[]> {
  const call = callOn<Harness>(page);
  const cases = await call('cases');
  expect(cases.length).toBeGreaterThan(10);
  const failures: string[] = [];
  for (const name of cases) {
    const outcome = await call('run', name, kind);
    if (outcome !== 'ok') failures.push(`${name}: ${outcome}`);
  }
  return failures;
}

test('the OPFS disk passes the acceptance suite', async ({ page }) => {
  await page.goto(server.url);
  expect(await runAll(page, 'opfs')).toEqual([]);
});

test('the IndexedDB disk passes the acceptance suite', async ({ page }) => {
  await page.goto(server.url);
  expect(await runAll(page, 'indexeddb')).toEqual([]);
});

test('on plain http, where there is no OPFS, the IndexedDB disk is chosen and passes the acceptance suite', async ({
  launchOptions,
}) => {
  const browser: Browser = await chromium.launch({
    ...launchOptions,
    args: [...(launchOptions.args ?? []), plainHostArg],
  });
  try {
    const page = await browser.newPage();
    await page.goto(server.plainUrl);
    expect(await callOn<Harness>(page)('hold', 1, 'any', 'node', null)).toBe('indexeddb created');
    expect(await runAll(page, 'indexeddb')).toEqual([]);
  } finally {
    await browser.close();
  }
});

// Only Chromium is sure to be there for npm test.
test('Firefox passes the acceptance suite with both disks @full', async () => {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env['QUORATE_FIREFOX'] ?? '/usr/bin/firefox-esr',
    headless: true,
  });
  try {
    const page = await browser.newPage();
    await page.goto(server.url);
    expect(await runAll(page, 'opfs')).toEqual([]);
    expect(await runAll(page, 'indexeddb')).toEqual([]);
  } finally {
    await browser.close();
  }
});

test('in a secure context the disk is in OPFS, and found again', async ({ call, page }) => {
  expect(await call('hasDisk', 'node')).toBe(false);
  expect(await call('hold', 1, 'any', 'node', null)).toBe('opfs created');
  expect(await call('set', 1, 'k')).toBe('ok');
  expect(await call('hasDisk', 'node')).toBe(true);
  await page.reload();
  expect(await call('hold', 1, 'any', 'node', null, true)).toBe('opfs found');
  expect(await call('keys', 1)).toEqual(['k']);
  expect(await call('listDisks')).toEqual(['node']);
});

test('a node whose disk began in IndexedDB stays there', async ({ call }) => {
  expect(await call('hold', 1, 'indexeddb', 'node', null)).toBe('indexeddb created');
  await call('close', 1);
  expect(await call('hold', 2, 'any', 'node', null)).toBe('indexeddb found');
});

test('a disk that must exist and is gone is lost, and nothing is made in its place', async ({ call }) => {
  for (const kind of ['opfs', 'indexeddb'] as const) {
    expect(await call('hold', 1, kind, 'node', null, true)).toBe('lost');
    expect(await call('hasDisk', 'node')).toBe(false);
  }
});

test('a removed disk is gone; an open one is not removed from under its holder in OPFS', async ({ call }) => {
  await call('hold', 1, 'opfs', 'node', null);
  expect(await call('removeDisk', 'node')).toBe('held');
  expect(await call('set', 1, 'k')).toBe('ok');
  await call('close', 1);
  expect(await call('removeDisk', 'node')).toBe('ok');
  expect(await call('hasDisk', 'node')).toBe(false);
  expect(await call('removeDisk', 'node')).toBe('ok');
});

test('an IndexedDB disk that is removed while it is open fails its next write as lost', async ({ call }) => {
  await call('hold', 1, 'indexeddb', 'node', null);
  expect(await call('removeDisk', 'node')).toBe('ok');
  expect(await call('set', 1, 'k')).toBe('lost');
});

test('an OPFS disk that another worker has open is held, until that one is killed', async ({ call }) => {
  expect(await call('hold', 1, 'opfs', 'node', null)).toBe('opfs created');
  expect(await call('hold', 2, 'opfs', 'node', null)).toBe('held');
  const waiting = call('hold', 3, 'opfs', 'node', null);
  await call('kill', 1);
  expect(await waiting).toBe('opfs found');
});

test('an IndexedDB disk takes no more writes of a holder that was succeeded', async ({ call }) => {
  expect(await call('hold', 1, 'indexeddb', 'node', 4)).toBe('indexeddb created');
  expect(await call('set', 1, 'before')).toBe('ok');
  expect(await call('hold', 2, 'indexeddb', 'node', 5)).toBe('indexeddb found');
  expect(await call('set', 1, 'late')).toBe('succeeded');
  expect(await call('set', 1, 'later')).toBe('broken');
  expect(await call('hold', 3, 'indexeddb', 'node', 4)).toBe('succeeded');
  expect(await call('set', 2, 'after')).toBe('ok');
  expect(await call('keys', 2)).toEqual(['before', 'after']);
});

test('a worker of the same generation that was believed dead cannot write beside its successor', async ({
  call,
}) => {
  await call('hold', 1, 'indexeddb', 'node', 4);
  await call('hold', 2, 'indexeddb', 'node', 4);
  expect(await call('set', 1, 'late')).toBe('succeeded');
  expect(await call('set', 2, 'k')).toBe('ok');
});
