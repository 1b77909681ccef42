import { expect } from '@playwright/test';
import type { Page } from 'puppeteer-core';
import { hide, launchWithBackground, openInRoom } from './support/background.js';
import { test } from './support/live.js';

/** Five seconds of a hidden tab, in which its page gets five timers. Lab ms. */
const watchedMs = 5_000;

const statusOf = (page: Page) => page.evaluate(() => window.quorate.status());

/** The time of a node's lab clock, as its trace tells. */
const labMs = (page: Page) =>
  page.evaluate(() => {
    const self = window.quorate.nodeId();
    return window.quorate.trace().findLast((event) => event.node === self)?.atMs ?? 0;
  });

test('a hidden leader stays the leader, and hidden followers commit', async ({ launchOptions, server }) => {
  const browser = await launchWithBackground(launchOptions);
  try {
    const first = await openInRoom(browser, `${server.url}/?host=1&name=ada`);
    const code = await first.evaluate(() => window.quorate.room().code);
    const pages = [first];
    for (const name of ['jun', 'minji'])
      pages.push(await openInRoom(browser, `${server.url}/?room=${code}&name=${name}`));
    await hide(browser, pages);
    for (const page of pages) {
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
