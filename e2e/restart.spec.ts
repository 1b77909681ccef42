import { type BrowserContext, expect } from '@playwright/test';
import { test } from './support/live.js';
import { startServer } from './support/server.js';
import {
  agreed,
  entered,
  host,
  leaderOf,
  meshed,
  nth,
  openRoom,
  openTab,
  startRaft,
  type Tab,
} from './support/tabs.js';

const names = ['ada', 'jun', 'minji'];
const written = Array.from({ length: 20 }, (_, i) => i);

/** Has every value acknowledged, the last one just before this answers. */
async function write(tabs: readonly Tab[]): Promise<void> {
  for (const i of written) {
    const tab = nth(tabs, i % tabs.length);
    expect(await tab.submit({ op: 'put', path: `/kept/${i}`, value: i })).toMatchObject({ ok: true });
  }
}

/** Opens all addresses anew, and holds what is there against what was. */
async function expectBack(
  context: BrowserContext,
  addresses: readonly string[],
  before: { readonly ids: readonly string[]; readonly run: string | null },
): Promise<void> {
  const tabs = await Promise.all(addresses.map((address) => openTab(context, address)));
  expect(await Promise.all(tabs.map((tab) => tab.id()))).toEqual(before.ids);
  expect((await host(tabs).room()).host).toBe(true);
  await meshed(tabs);
  await leaderOf(tabs);
  const status = await host(tabs).status();
  expect(status).toMatchObject({ run: before.run, running: true });
  expect([...status.voters].sort()).toEqual([...before.ids].sort());
  for (const i of written) {
    expect(await nth(tabs, i % 3).submit({ op: 'get', path: `/kept/${i}` })).toMatchObject({ value: i });
  }
  await agreed(tabs);
}

test('after the whole browser was killed, the same room and voters come back and nothing acknowledged is lost', async ({
  profile,
  server,
}) => {
  const tabs = await openRoom(await profile.context(), server.url, names);
  await startRaft(tabs);
  const ids = await Promise.all(tabs.map((tab) => tab.id()));
  const { run } = await host(tabs).status();
  const addresses = tabs.map((tab) => tab.page.url());
  await write(tabs);
  await profile.kill();
  await expectBack(await profile.context(), addresses, { ids, run });
});

test('on plain http too, even when the server was killed with the browser @full', async ({ profile }) => {
  let server = await startServer();
  try {
    const tabs = await openRoom(await profile.context(), server.plainUrl, names);
    expect(await host(tabs).page.evaluate(() => window.isSecureContext)).toBe(false);
    await startRaft(tabs);
    const ids = await Promise.all(tabs.map((tab) => tab.id()));
    const { run } = await host(tabs).status();
    const addresses = tabs.map((tab) => tab.page.url());
    await write(tabs);
    await profile.kill();
    await server.stop();
    server = await startServer(server.port);
    await expectBack(await profile.context(), addresses, { ids, run });
  } finally {
    await server.stop();
  }
});

test('a host that reloads is the host of the same run', async ({ context, server }) => {
  const tabs = await openRoom(context, server.url, names);
  await startRaft(tabs);
  const [first, second] = [host(tabs), nth(tabs, 1)];
  const id = await first.id();
  const { run } = await first.status();
  await second.submit({ op: 'put', path: '/a', value: 1 });
  await first.page.reload();
  await entered(first.page);
  await meshed(tabs);
  expect(await first.id()).toBe(id);
  expect((await first.room()).host).toBe(true);
  expect(await first.submit({ op: 'get', path: '/a' })).toMatchObject({ value: 1 });
  expect((await first.status()).run).toBe(run);
  await first.page.evaluate(() => window.quorate.stop());
  await second.page.waitForFunction(() => !window.quorate.status().running);
});
