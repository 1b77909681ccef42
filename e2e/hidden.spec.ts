import { chromium, expect } from '@playwright/test';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { test } from './support/live.js';

/** Five seconds of a hidden tab, in which its page gets five timers. Lab ms. */
const watchedMs = 5_000;

/** Opens a page and waits until it is in its room. By Puppeteer: Playwright's pages always count as visible. */
async function open(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(url);
  await page.waitForFunction(() => {
    try {
      return window.quorate.room().code.length > 0;
    } catch {
      return false;
    }
  });
  return page;
}

const statusOf = (page: Page) => page.evaluate(() => window.quorate.status());

/** The time of a node's lab clock, as its trace tells. */
const labMs = (page: Page) =>
  page.evaluate(() => {
    const self = window.quorate.nodeId();
    return window.quorate.trace().findLast((event) => event.node === self)?.atMs ?? 0;
  });

test('a hidden leader stays the leader, and hidden followers commit', async ({ launchOptions, server }) => {
  const browser = await puppeteer.launch({
    executablePath: launchOptions.executablePath ?? chromium.executablePath(),
    args: [...(launchOptions.args ?? [])],
    ignoreDefaultArgs: [
      '--disable-background-timer-throttling',
      '--disable-backgrounding-occluded-windows',
      '--disable-renderer-backgrounding',
    ],
  });
  try {
    const first = await open(browser, `${server.url}/?host=1&name=ada`);
    const code = await first.evaluate(() => window.quorate.room().code);
    const pages = [first];
    for (const name of ['jun', 'minji'])
      pages.push(await open(browser, `${server.url}/?room=${code}&name=${name}`));
    const front = await browser.newPage();
    await front.bringToFront();
    for (const page of pages) {
      // Frames stop in a hidden page, so the wait can't go by them.
      await page.waitForFunction(() => document.visibilityState === 'hidden', { polling: 50 });
      await page.waitForFunction(
        () => window.quorate.room().tabs.filter((tab) => tab.link === 'direct').length === 2,
        { polling: 50 },
      );
    }
    await first.evaluate(() =>
      window.quorate.start({
        protocol: 'raft',
        // Below a hidden page's timer of a second: a host on it would lose its followers.
        options: { electionTimeoutMinMs: 400, electionTimeoutMaxMs: 800, heartbeatMs: 100 },
      }),
    );
    await expect.poll(async () => (await statusOf(first)).leader).not.toBeNull();
    const { leader, reign } = await statusOf(first);
    const ids = await Promise.all(pages.map((page) => page.evaluate(() => window.quorate.nodeId())));
    const leading = pages[ids.indexOf(leader ?? '')] ?? first;
    const following = pages.find((page) => page !== leading) ?? first;
    const beganMs = await labMs(leading);
    for (let i = 0; i < 10; i += 1) {
      const result = await following.evaluate(
        (value) => window.quorate.submit({ op: 'put', path: '/a', value }),
        i,
      );
      expect(result).toMatchObject({ ok: true, version: i + 1 });
    }
    await expect.poll(() => labMs(leading)).toBeGreaterThan(beganMs + watchedMs);
    for (const page of pages) {
      expect(await page.evaluate(() => document.visibilityState)).toBe('hidden');
      expect(await statusOf(page)).toMatchObject({ leader, reign });
    }
  } finally {
    await browser.close();
  }
});
