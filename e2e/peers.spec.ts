import { expect } from '@playwright/test';
import { countConnections, cutConnection, recordConnections } from './support/connections.js';
import { test } from './support/live.js';
import { startServer } from './support/server.js';
import { agreed, host, meshed, nth, openRoom, startRaft } from './support/tabs.js';

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
