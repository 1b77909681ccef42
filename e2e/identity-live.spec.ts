import { expect } from '@playwright/test';
import { test } from './support/live.js';
import { agreed, entered, host, meshed, nth, openRoom, openTab, startRaft } from './support/tabs.js';

test('two tabs of one name are two nodes, a duplicated tab is a third, and all three vote', async ({
  context,
  server,
}) => {
  const first = host(await openRoom(context, server.url, ['tiger']));
  const second = await openTab(context, first.page.url());
  // What a duplicate has in common with its original: the address, and a copy of the session's storage.
  const opening = context.waitForEvent('page');
  await second.page.evaluate(() => window.open(location.href));
  const third = await entered(await opening);
  const tabs = [first, second, third];
  const ids = await Promise.all(tabs.map((tab) => tab.id()));
  expect(new Set(ids).size).toBe(3);
  const named = tabs.map((tab) => new URL(tab.page.url()).searchParams.get('name'));
  expect(named).toEqual(['tiger', 'tiger 2', 'tiger 3']);
  await meshed(tabs);
  await startRaft(tabs);
  expect(await third.submit({ op: 'put', path: '/a', value: 1 })).toMatchObject({ ok: true });
  expect((await first.status()).voters).toHaveLength(3);
  await second.page.reload();
  expect(await (await entered(second.page)).id()).toBe(ids[1]);
  await agreed(tabs);
});

test('opening a room turns the address into the one that brings this node back', async ({
  context,
  server,
}) => {
  const first = host(await openRoom(context, server.url, ['ada']));
  const [id, code] = [await first.id(), await first.code()];
  const address = new URL(first.page.url());
  expect(Object.fromEntries(address.searchParams)).toEqual({ room: code, name: 'ada', key: id.slice(0, 16) });
  await first.close();
  const back = await openTab(context, address.href);
  expect(back.page.url()).toBe(address.href);
  expect(await back.id()).toBe(id);
  expect((await back.room()).host).toBe(true);
});

test('the front page offers to come back under the names kept in this browser', async ({
  context,
  server,
}) => {
  const tabs = await openRoom(context, server.url, ['ada', 'jun']);
  const [first, second] = [host(tabs), nth(tabs, 1)];
  const [code, id] = [await first.code(), await second.id()];
  await second.close();
  const page = await context.newPage();
  await page.goto(server.url);
  const kept = page.getByRole('region', { name: 'Come back' });
  await expect(kept.getByRole('button')).toHaveCount(2);
  await kept.getByRole('button', { name: `jun in ${code}` }).click();
  const back = await entered(page);
  expect(await back.id()).toBe(id);
  await meshed([first, back]);
  expect(await first.seen(id)).toMatchObject({ name: 'jun', presence: 'here' });
});

test('Back leads from a room to the front page, and Forward into the room again as the same node', async ({
  context,
  server,
}) => {
  const first = host(await openRoom(context, server.url, ['ada']));
  const code = await first.code();
  const page = await context.newPage();
  await page.goto(server.url);
  await page.getByLabel('Code or link').fill(code);
  await page.locator('#join-name').fill('jun');
  await page.keyboard.press('Enter');
  const id = await (await entered(page)).id();
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Join a room' })).toBeVisible();
  expect(new URL(page.url()).search).toBe('');
  await page.goForward();
  expect(await (await entered(page)).id()).toBe(id);
  await meshed([first, await entered(page)]);
});

test('a code that leads nowhere is shown, and Back offers the front page', async ({ page, server }) => {
  await page.goto(server.url);
  await page.getByLabel('Code or link').fill('maple-otter-43');
  await page.locator('#join-name').fill('jun');
  await page.keyboard.press('Enter');
  await expect(page.getByText('maple-otter-43', { exact: false })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Join a room' })).toBeVisible();
});

test('who leaves has left; who closes the tab has crashed', async ({ context, server }) => {
  const tabs = await openRoom(context, server.url, ['ada', 'jun', 'minji']);
  const [first, leaving, closing] = [host(tabs), nth(tabs, 1), nth(tabs, 2)];
  const [left, closed] = [await leaving.id(), await closing.id()];
  await leaving.page.getByRole('button', { name: 'Leave' }).click();
  await closing.close();
  await expect.poll(async () => (await first.seen(left))?.presence).toBe('left');
  await expect.poll(async () => (await first.seen(closed))?.presence).toBe('crashed');
  await expect(leaving.page.getByRole('heading', { name: 'Join a room' })).toBeVisible();
});

test('a link without a name, as the QR code has it, leaves only the name to be written', async ({
  context,
  server,
}) => {
  const host = await openTab(context, `${server.url}/?host=1&name=ada`);
  const code = await host.code();
  const page = await context.newPage();
  await page.goto(`${server.url}/?room=${code}`);
  await expect(page.getByLabel('Code or link')).toHaveValue(code);
  await expect(page.locator('#join-name')).toBeFocused();
  await page.keyboard.type('Minji');
  await page.keyboard.press('Enter');
  const joined = await entered(page);
  expect(await joined.code()).toBe(code);
});
