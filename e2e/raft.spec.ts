import { expect, test } from '@playwright/test';
import { type RunningServer, startServer } from './support/server.js';
import { agreed, leaderOf, meshed, openRoom, openTab, type Tab } from './support/tabs.js';

const names = ['ada', 'jun', 'minji', 'tomas', 'lea'];
let server: RunningServer;

test.beforeEach(async () => {
  server = await startServer();
});

test.afterEach(async () => {
  await server.stop();
});

/** Where the tab was, to come back to. */
function addressOf(tab: Tab): string {
  return tab.page.url();
}

test('five tabs elect one leader and agree on a digest', async ({ context }) => {
  const tabs = await openRoom(context, server.url, names);
  const [host] = tabs;
  await host?.page.evaluate(() => window.quorate.start({ protocol: 'raft' }));
  await leaderOf(tabs);
  for (const [i, tab] of tabs.entries()) {
    const result = await tab.submit({ op: 'put', path: `/class/${i}`, value: i });
    expect(result).toMatchObject({ ok: true, op: 'put', version: 1 });
  }
  expect(await tabs[4]?.submit({ op: 'get', path: '/class/0' })).toMatchObject({ ok: true, value: 0 });
  expect(await tabs[3]?.submit({ op: 'list', path: '/class' })).toMatchObject({
    paths: ['/class/0', '/class/1', '/class/2', '/class/3', '/class/4'],
  });
  await agreed(tabs);
});

test('when the leader is closed another leads and commits go on; reopened, it is the same node and catches up', async ({
  context,
}) => {
  const tabs = await openRoom(context, server.url, names);
  await tabs[0]?.page.evaluate(() => window.quorate.start({ protocol: 'raft' }));
  const leader = await leaderOf(tabs);
  await leader.submit({ op: 'put', path: '/a', value: 1 });
  const [leaderId, address] = [await leader.id(), addressOf(leader)];
  await leader.close();
  const others = tabs.filter((tab) => tab !== leader);
  const next = await leaderOf(others);
  expect(await next.id()).not.toBe(leaderId);
  expect(await others[0]?.submit({ op: 'put', path: '/a', value: 2 })).toMatchObject({ ok: true });
  const back = await openTab(context, address);
  expect(await back.id()).toBe(leaderId);
  await agreed([...others, back]);
  expect(await back.submit({ op: 'get', path: '/a' })).toMatchObject({ value: 2 });
});

test('with two of five left nothing commits, and the pending command completes when a third returns', async ({
  context,
}) => {
  const tabs = await openRoom(context, server.url, names);
  await tabs[0]?.page.evaluate(() => window.quorate.start({ protocol: 'raft' }));
  await leaderOf(tabs);
  await tabs[1]?.submit({ op: 'put', path: '/a', value: 'before' });
  await agreed(tabs);
  const address = tabs[2] === undefined ? '' : addressOf(tabs[2]);
  for (const tab of tabs.slice(2)) await tab.close();
  const [first, second] = tabs;
  if (first === undefined || second === undefined) throw new Error('two tabs are left');
  const before = await first.status();
  const pending = first.submit({ op: 'put', path: '/a', value: 'after' });
  // CheckQuorum: whoever led has noticed that it leads nobody.
  await expect.poll(async () => (await first.status()).role).not.toBe('leader');
  await expect.poll(async () => (await second.status()).role).not.toBe('leader');
  expect((await first.status()).commitIndex).toBe(before.commitIndex);
  const third = await openTab(context, address);
  expect(await pending).toMatchObject({ ok: true });
  await agreed([first, second, third]);
  expect(await third.submit({ op: 'get', path: '/a' })).toMatchObject({ value: 'after' });
});

test('the signaling server may stop: commits go on, and once it is back a new tab can join', async ({ context }) => {
  const tabs = await openRoom(context, server.url, names.slice(0, 3));
  await tabs[0]?.page.evaluate(() => window.quorate.start({ protocol: 'raft' }));
  await leaderOf(tabs);
  const code = (await tabs[0]?.code()) ?? '';
  await server.stop();
  await tabs[0]?.page.waitForFunction(() => window.quorate.room().server !== 'online');
  expect(await tabs[1]?.submit({ op: 'put', path: '/a', value: 1 })).toMatchObject({ ok: true });
  server = await startServer(server.port);
  await Promise.all(
    tabs.map((tab) => tab.page.waitForFunction(() => window.quorate.room().server === 'online')),
  );
  const late = await openTab(context, `${server.url}/?room=${code}&name=late`);
  await meshed([...tabs, late]);
  expect(await late.submit({ op: 'get', path: '/a' })).toMatchObject({ value: 1 });
});

test('two tabs of one name are two nodes, and a third is a third, each named apart', async ({ context }) => {
  const [first] = await openRoom(context, server.url, ['tiger']);
  if (first === undefined) throw new Error('no tab');
  const second = await openTab(context, addressOf(first));
  const third = await openTab(context, addressOf(second));
  const ids = await Promise.all([first, second, third].map((tab) => tab.id()));
  expect(new Set(ids).size).toBe(3);
  expect(new URL(second.page.url()).searchParams.get('name')).toBe('tiger 2');
  expect(new URL(third.page.url()).searchParams.get('name')).toBe('tiger 3');
  await second.page.reload();
  await expect.poll(() => second.id().catch(() => '')).toBe(ids[1]);
});
