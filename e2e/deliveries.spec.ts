import { type BrowserContext, expect, type Page } from '@playwright/test';
import { quiet, test } from './support/live.js';
import { host, nth, openRoom, type Tab } from './support/tabs.js';

let context: BrowserContext;
let tabs: Tab[];

test.beforeAll(async ({ browser, server }) => {
  context = await browser.newContext(quiet);
  tabs = await openRoom(context, server.url, ['ada', 'jun', 'minji', 'sora']);
});

test.afterAll(() => context.close());

test.afterEach(async () => {
  const { page } = host(tabs);
  await page.evaluate(() => window.quorate.calm());
  await page.evaluate(() => window.quorate.stop());
  for (const tab of tabs) await tab.page.waitForFunction(() => window.quorate.status().run === null);
});

/** The host chooses a protocol in the lobby, and starts it with all four tabs. */
async function startByHand(name: string): Promise<Page> {
  const { page } = host(tabs);
  await page.getByRole('button', { name: 'Room', exact: true }).click();
  await page.getByRole('button', { name }).first().click();
  await page.getByRole('checkbox').last().check();
  await page.getByRole('button', { name: `Start ${name}` }).click();
  for (const tab of tabs) await tab.page.waitForFunction(() => window.quorate.status().running);
  await page.evaluate(() => window.quorate.pace.set(1));
  return page;
}

/** What a node's column shows, from the top. */
function column(page: Page, name: string): Promise<string[]> {
  const panel = page.locator('.delivery-column').filter({ has: page.locator(`h3:text-is("${name}")`) });
  return panel.locator('ol .delivery > .clip').allInnerTexts();
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByPlaceholder('Hello everybody').fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
}

test('best effort: who crashes half way leaves some without, and the Stage shows who', async () => {
  const page = await startByHand('Best-effort broadcast');
  await say(page, 'good morning');
  for (const name of ['ada', 'jun', 'minji', 'sora'])
    await expect.poll(() => column(page, name)).toEqual(['good morning']);
  await expect(page.getByText('the same everywhere')).toBeVisible();
  await page.getByRole('button', { name: 'Crash half way' }).click();
  await expect(page.getByRole('button', { name: 'Come back' })).toBeVisible();
  await expect(page.getByText('1 not delivered')).toBeVisible();
  const lacking = page.locator('.delivery-column ul');
  await expect(lacking).toHaveCount(1);
  await expect(lacking.getByText('not delivered here')).toHaveCount(1);
});

test('reliable: who crashes half way has told somebody who tells the others', async () => {
  const page = await startByHand('Reliable broadcast');
  await page.getByRole('button', { name: 'Crash half way' }).click();
  await expect(page.getByRole('button', { name: 'Come back' })).toBeVisible();
  for (const name of ['jun', 'minji', 'sora'])
    await expect.poll(() => column(page, name)).toEqual(['half way']);
});

test('two that speak at once are heard in another order where the one’s word takes longer', async () => {
  const page = await startByHand('Best-effort broadcast');
  const [first, second, listener] = [nth(tabs, 1), nth(tabs, 2), nth(tabs, 3)];
  const [from, to] = [await first.id(), await listener.id()];
  await page.evaluate(
    ([a, b]) => window.quorate.faults.set([{ kind: 'delay', from: a ?? '', to: b ?? '', ms: 2_000 }]),
    [from, to],
  );
  await expect
    .poll(() => first.page.evaluate(() => window.quorate.broadcast('one').then(() => 'said')))
    .toBe('said');
  await expect.poll(() => column(page, 'minji')).toEqual(['one']);
  await second.page.evaluate(() => window.quorate.broadcast('two'));
  await expect.poll(() => column(page, 'sora')).toEqual(['two', 'one']);
  for (const name of ['ada', 'jun', 'minji'])
    await expect.poll(() => column(page, name)).toEqual(['one', 'two']);
  await expect(page.getByText('1 in another order')).toBeVisible();
});

test('what is said through Raft stands in the same order everywhere, and once after a restart', async () => {
  const page = await startByHand('Raft');
  await expect.poll(() => page.evaluate(() => window.quorate.status().leader)).not.toBeNull();
  const field = page.getByPlaceholder('put /class/a 42');
  await field.fill('say good morning');
  await field.press('Enter');
  await Promise.all(
    tabs.slice(1).map((tab, i) => tab.page.evaluate((text) => window.quorate.broadcast(text), `word ${i}`)),
  );
  await page.getByRole('button', { name: 'What was said' }).click();
  await expect.poll(async () => (await column(page, 'ada')).length).toBe(4);
  const order = await column(page, 'ada');
  expect(order).toContain('good morning');
  for (const name of ['jun', 'minji', 'sora']) await expect.poll(() => column(page, name)).toEqual(order);
  await expect(page.getByText('the same everywhere')).toBeVisible();
  const back = nth(tabs, 2);
  await back.page.evaluate(() => window.quorate.crash());
  await back.page.evaluate(() => window.quorate.restart());
  await back.page.waitForFunction(() => window.quorate.status().commitIndex > 0);
  await expect.poll(() => column(page, 'minji')).toEqual(order);
});
