import { expect } from '@playwright/test';
import { countConnections, cutConnection, recordConnections } from './support/connections.js';
import { test } from './support/live.js';
import { startServer } from './support/server.js';
import { agreed, host, meshed, nth, openRoom, openTab, startRaft } from './support/tabs.js';

test('with the server killed, a link that is lost comes back by way of the other tabs, and commits go on', async ({
  context,
}) => {
  const server = await startServer();
  await recordConnections(context);
  const tabs = await openRoom(context, server.url, ['ada', 'jun', 'minji', 'tomas']);
  await startRaft(tabs);
  await host(tabs).submit({ op: 'put', path: '/a', value: 1 });
  await server.stop();
  for (const tab of tabs) await expect.poll(async () => (await tab.room()).server).toBe('offline');
  // Whoever loses the link, the side that makes the offers and the side that waits for them: it comes back.
  for (const { page } of [nth(tabs, 0), nth(tabs, 3), nth(tabs, 1)]) {
    const { made } = await countConnections(page);
    await cutConnection(page);
    await expect
      .poll(async () => {
        const now = await countConnections(page);
        return now.made > made ? now.up : 0;
      })
      .toBe(3);
  }
  await meshed(tabs);
  expect(await nth(tabs, 2).submit({ op: 'put', path: '/a', value: 2 })).toMatchObject({ ok: true });
  expect(await nth(tabs, 3).submit({ op: 'get', path: '/a' })).toMatchObject({ value: 2 });
  await agreed(tabs);
});

test('with introductions stopped, commits and lost links go on, pages are served, and newcomers wait', async ({
  context,
  server,
}) => {
  await recordConnections(context);
  const tabs = await openRoom(context, server.url, ['ada', 'jun', 'minji']);
  await startRaft(tabs);
  expect(await nth(tabs, 1).codeOf('quorate.stopIntroductions()')).toBe('not-host');
  const stop = host(tabs).page.getByRole('button', { name: 'Stop introductions' });
  await stop.click();
  for (const tab of tabs) {
    await expect.poll(() => tab.room()).toMatchObject({ server: 'offline', introductions: false });
    await expect(tab.page.getByText('The server introduces nobody now; the cluster goes on.')).toBeVisible();
  }
  const newcomer = await openTab(context, `${server.url}/?room=${await host(tabs).code()}&name=lea`);
  const { page } = nth(tabs, 2);
  const { made } = await countConnections(page);
  await cutConnection(page);
  await expect
    .poll(async () => {
      const now = await countConnections(page);
      return now.made > made ? now.up : 0;
    })
    .toBe(2);
  expect(await nth(tabs, 1).submit({ op: 'put', path: '/a', value: 1 })).toMatchObject({ ok: true });
  await agreed(tabs);
  expect(await newcomer.room()).toMatchObject({ server: 'online', tabs: [{ self: true }] });

  expect(await nth(tabs, 1).codeOf('quorate.resumeIntroductions()')).toBe('not-host');
  await host(tabs).page.getByRole('button', { name: 'Introduce again' }).click();
  await meshed([...tabs, newcomer]);
  for (const tab of [...tabs, newcomer])
    await expect.poll(() => tab.room()).toMatchObject({ server: 'online', introductions: true });
  await expect(host(tabs).page.getByText('The server introduces nobody now')).toHaveCount(0);
});

test('@full with introductions stopped, a host that was away comes back to its room', async ({
  context,
  server,
}) => {
  const tabs = await openRoom(context, server.url, ['ada', 'jun', 'minji']);
  const [address, id] = [host(tabs).page.url(), await host(tabs).id()];
  await host(tabs).page.evaluate(() => window.quorate.stopIntroductions());
  for (const tab of tabs) await expect.poll(async () => (await tab.room()).server).toBe('offline');
  await host(tabs).close();
  const others = tabs.slice(1);
  // Nobody but the host could take up introductions again: so they do without the order once it is out of sight.
  for (const tab of others)
    await expect.poll(async () => (await tab.room()).server, { timeout: 40_000 }).toBe('online');
  const back = await openTab(context, address);
  expect(await back.id()).toBe(id);
  await meshed([back, ...others]);
  for (const tab of [back, ...others])
    await expect
      .poll(() => tab.room(), { timeout: 20_000 })
      .toMatchObject({ server: 'offline', introductions: false });
  await back.page.evaluate(() => window.quorate.resumeIntroductions());
  for (const tab of [back, ...others])
    await expect.poll(async () => (await tab.room()).server).toBe('online');
});
