import { expect } from '@playwright/test';
import { test } from './support/live.js';
import { startServer } from './support/server.js';
import {
  agreed,
  host,
  leaderOf,
  meshed,
  nth,
  openRoom,
  openTab,
  startRaft,
  without,
} from './support/tabs.js';

const names = ['ada', 'jun', 'minji', 'tomas', 'lea'];

test('five tabs elect one leader and agree on a digest', async ({ context, server }) => {
  const tabs = await openRoom(context, server.url, names);
  // With the timeouts that a class has.
  await startRaft(tabs, {});
  for (const [i, tab] of tabs.entries()) {
    const result = await tab.submit({ op: 'put', path: `/class/${i}`, value: i });
    expect(result).toMatchObject({ ok: true, op: 'put', version: 1 });
  }
  expect(await nth(tabs, 4).submit({ op: 'get', path: '/class/0' })).toMatchObject({ ok: true, value: 0 });
  expect(await nth(tabs, 3).submit({ op: 'list', path: '/class' })).toMatchObject({
    paths: ['/class/0', '/class/1', '/class/2', '/class/3', '/class/4'],
  });
  await agreed(tabs);
});

test('when the leader is closed another leads and commits go on; reopened, it is the same node and catches up', async ({
  context,
  server,
}) => {
  const tabs = await openRoom(context, server.url, names);
  const leader = await startRaft(tabs);
  await leader.submit({ op: 'put', path: '/a', value: 1 });
  const [leaderId, address] = [await leader.id(), leader.page.url()];
  await leader.close();
  const others = without(tabs, leader);
  const next = await leaderOf(others);
  expect(await next.id()).not.toBe(leaderId);
  expect(await host(others).submit({ op: 'put', path: '/a', value: 2 })).toMatchObject({ ok: true });
  const back = await openTab(context, address);
  expect(await back.id()).toBe(leaderId);
  await agreed([...others, back]);
  expect(await back.submit({ op: 'get', path: '/a' })).toMatchObject({ value: 2 });
});

test('with two of five left nothing commits, and the pending command completes when a third returns', async ({
  context,
  server,
}) => {
  const tabs = await openRoom(context, server.url, names);
  await startRaft(tabs);
  await nth(tabs, 1).submit({ op: 'put', path: '/a', value: 'before' });
  await agreed(tabs);
  const [first, second, third] = [nth(tabs, 0), nth(tabs, 1), nth(tabs, 2)];
  const address = third.page.url();
  for (const tab of tabs.slice(2)) await tab.close();
  const before = await first.status();
  let answered = false;
  const pending = first.submit({ op: 'put', path: '/a', value: 'after' }).finally(() => {
    answered = true;
  });
  // CheckQuorum: whoever led has noticed that it leads nobody.
  for (const tab of [first, second]) {
    await expect.poll(async () => (await tab.status()).role).not.toBe('leader');
  }
  expect((await first.status()).commitIndex).toBe(before.commitIndex);
  expect(answered).toBe(false);
  const back = await openTab(context, address);
  expect(await pending).toMatchObject({ ok: true });
  await agreed([first, second, back]);
  expect(await back.submit({ op: 'get', path: '/a' })).toMatchObject({ value: 'after' });
});

test('the signaling server may stop: commits go on, and once it is back a new tab can join', async ({
  context,
}) => {
  let server = await startServer();
  try {
    const tabs = await openRoom(context, server.url, names.slice(0, 3));
    await startRaft(tabs);
    const code = await host(tabs).code();
    await server.stop();
    await host(tabs).page.waitForFunction(() => window.quorate.room().server !== 'online');
    expect(await nth(tabs, 1).submit({ op: 'put', path: '/a', value: 1 })).toMatchObject({ ok: true });
    server = await startServer(server.port);
    await Promise.all(
      tabs.map((tab) => tab.page.waitForFunction(() => window.quorate.room().server === 'online')),
    );
    const late = await openTab(context, `${server.url}/?room=${code}&name=late`);
    await meshed([...tabs, late]);
    expect(await late.submit({ op: 'get', path: '/a' })).toMatchObject({ value: 1 });
  } finally {
    await server.stop();
  }
});

test('one tab alone elects itself and commits', async ({ context, server }) => {
  const tabs = await openRoom(context, server.url, ['ada']);
  const leader = await startRaft(tabs);
  expect(await leader.submit({ op: 'put', path: '/alone', value: 1 })).toMatchObject({ ok: true });
  expect(await leader.submit({ op: 'get', path: '/alone' })).toMatchObject({ value: 1 });
  expect((await leader.status()).voters).toEqual([await leader.id()]);
});

test('the history of a run ends with it: the next run has a store and a history of its own', async ({
  context,
  server,
}) => {
  const tabs = await openRoom(context, server.url, ['ada']);
  const ada = await startRaft(tabs);
  await ada.submit({ op: 'put', path: '/a', value: 1 });
  await ada.page.evaluate(() => window.quorate.stop());
  await startRaft(tabs);
  expect(await ada.submit({ op: 'get', path: '/a' })).toMatchObject({ value: null });
  const lines = await ada.page.evaluate(() => window.quorate.history().map(({ f, type }) => `${f} ${type}`));
  expect(lines).toEqual(['get invoke', 'get ok']);
});

test('without a choice, those who joined first vote, in that order, whatever their clocks say', async ({
  context,
  server,
}) => {
  const ada = await openTab(context, `${server.url}/?host=1&name=ada`);
  const code = await ada.code();
  await context.addInitScript(() => {
    const now = Date.now;
    Date.now = () => now() - 3_600_000;
  });
  const late = await openTab(context, `${server.url}/?room=${code}&name=jun`);
  const last = await openTab(context, `${server.url}/?room=${code}&name=minji`);
  const tabs = [ada, late, last];
  await meshed(tabs);
  await startRaft(tabs);
  const ids = await Promise.all(tabs.map((tab) => tab.id()));
  expect((await ada.status()).voters).toEqual(ids);
});
