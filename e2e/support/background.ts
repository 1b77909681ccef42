import { chromium, type LaunchOptions } from '@playwright/test';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';

/**
 * A browser whose tabs are hidden when another one is in front, and then can be frozen. By Puppeteer: Playwright's pages
 * always count as visible, and a visible page is never frozen.
 */
export function launchWithBackground(
  { executablePath, args = [] }: LaunchOptions,
  moreArgs: readonly string[] = [],
): Promise<Browser> {
  return puppeteer.launch({
    executablePath: executablePath ?? chromium.executablePath(),
    args: [...args, ...moreArgs],
    ignoreDefaultArgs: [
      '--disable-background-timer-throttling',
      '--disable-backgrounding-occluded-windows',
      '--disable-renderer-backgrounding',
    ],
  });
}

/** Opens a page and waits until it is in its room. */
export async function openInRoom(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(url);
  await page.waitForFunction(
    () => {
      try {
        return window.quorate.room().code.length > 0;
      } catch {
        return false;
      }
    },
    { polling: 50 },
  );
  return page;
}

/** Puts an empty page in front of these, and waits until they are hidden. */
export async function hide(browser: Browser, pages: readonly Page[]): Promise<void> {
  const front = await browser.newPage();
  await front.bringToFront();
  // Frames stop in a hidden page, so the wait can't go by them.
  for (const page of pages)
    await page.waitForFunction(() => document.visibilityState === 'hidden', { polling: 50 });
}

/** Freezes a hidden page, its workers with it; what it answers with thaws it. */
export async function freeze(page: Page): Promise<() => Promise<void>> {
  const session = await page.createCDPSession();
  await session.send('Page.setWebLifecycleState', { state: 'frozen' });
  return async () => {
    await session.send('Page.setWebLifecycleState', { state: 'active' });
  };
}
