import { type BrowserContext, expect } from '@playwright/test';
import { quiet, test } from './support/live.js';
import { agreed, entered, host, nth, openRoom, type Tab, without } from './support/tabs.js';

let context: BrowserContext;
let tabs: Tab[];

test.beforeAll(async ({ browser, server }) => {
  context = await browser.newContext(quiet);
  tabs = await openRoom(context, server.url, ['ada', 'jun', 'minji', 'sora']);
});

test.afterAll(() => context.close());

/** The tab that all of these take for the primary of one view. */
async function primaryOf(among: readonly Tab[]): Promise<Tab> {
  let primary: Tab | undefined;
  await expect(async () => {
    const statuses = await Promise.all(among.map((tab) => tab.status()));
    const known = new Set(statuses.map(({ leader, reign }) => `${leader} in ${reign}`));
    expect([...known]).toHaveLength(1);
    primary = among[statuses.findIndex(({ role }) => role === 'primary')];
    expect(await primary?.id()).toBe(statuses[0]?.leader);
  }).toPass();
  if (primary === undefined) throw new Error('no primary');
  return primary;
}

test('four tabs agree under PBFT, each request signed by its tab, and go on when the primary is closed and another reloads', async () => {
  const voters = await Promise.all(tabs.map((tab) => tab.id()));
  await host(tabs).page.evaluate((given) => window.quorate.start(given), {
    protocol: 'pbft',
    voters,
    options: { checkpointInterval: 4, window: 16, viewTimeoutMs: 2_000, statusMs: 300 },
  });
  for (const tab of tabs) await tab.page.waitForFunction(() => window.quorate.status().running);
  for (let i = 0; i < 8; i++) {
    expect(await nth(tabs, i % 4).submit({ op: 'put', path: '/a', value: i })).toMatchObject({ ok: true });
  }
  expect(await nth(tabs, 3).submit({ op: 'get', path: '/a' })).toMatchObject({ ok: true, value: 7 });
  await agreed(tabs);

  const primary = await primaryOf(tabs);
  const others = without(tabs, primary);
  await primary.page.close();
  expect(await nth(others, 0).submit({ op: 'put', path: '/a', value: 'after' })).toMatchObject({ ok: true });
  expect(await nth(others, 2).submit({ op: 'get', path: '/a' })).toMatchObject({ value: 'after' });
  await agreed(others);
  const back = nth(others, 1);
  await back.page.reload();
  await entered(back.page);
  await agreed(others);
  expect(await back.submit({ op: 'get', path: '/a' })).toMatchObject({ value: 'after' });
  const next = await primaryOf(others);
  expect(await next.id()).not.toBe(voters[0]);
});
