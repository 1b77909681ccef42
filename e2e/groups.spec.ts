import { type BrowserContext, expect } from '@playwright/test';
import type { GroupInfo } from '../client/src/api/types.js';
import { test } from './support/live.js';
import {
  agreed,
  host,
  leaderOf,
  nth,
  openRoom,
  openTab,
  patient,
  type Tab,
  without,
} from './support/tabs.js';

const names = ['ada', 'jun', 'minji', 'tiger', 'sora', 'otter'];

type Groups = { readonly tabs: readonly Tab[]; readonly one: readonly Tab[]; readonly two: readonly Tab[] };

/** A room of six in two groups of three, the host's tab in the first. */
async function openGroups(context: BrowserContext, origin: string): Promise<Groups> {
  const tabs = await openRoom(context, origin, names);
  const runs = await host(tabs).page.evaluate(
    (text) => window.quorate.groups.split(3, { options: JSON.parse(text) }),
    JSON.stringify(patient),
  );
  expect(runs).toHaveLength(2);
  const [one, two] = await Promise.all(runs.map((run) => membersOf(tabs, run)));
  expect([one?.length, two?.length]).toEqual([3, 3]);
  return { tabs, one: one ?? [], two: two ?? [] };
}

/** The tabs whose own group runs `run`. */
async function membersOf(tabs: readonly Tab[], run: string): Promise<Tab[]> {
  const own = await Promise.all(
    tabs.map(async ({ page }) => {
      await page.waitForFunction(() => window.quorate.groups.list().some((group) => group.own));
      return page.evaluate(() => window.quorate.groups.list().find((group) => group.own)?.run);
    }),
  );
  return tabs.filter((_, i) => own[i] === run);
}

const groupsAt = (tab: Tab): Promise<readonly GroupInfo[]> =>
  tab.page.evaluate(() => window.quorate.groups.list());

/** What is found under a path, through `tab`. */
async function read(tab: Tab, path: string): Promise<unknown> {
  const result = await tab.submit({ op: 'get', path });
  return result.ok && result.op === 'get' ? result.value : result;
}

test('two groups side by side: each has its leader and its values, and what befalls one leaves the other going on', async ({
  context,
  server,
}) => {
  const { tabs, one, two } = await openGroups(context, server.url);
  const first = host(tabs);
  const [leaderOne, leaderTwo] = await Promise.all([leaderOf(one), leaderOf(two)]);
  const [runOne, runTwo] = [(await leaderOne.status()).run ?? '', (await leaderTwo.status()).run ?? ''];
  expect((await leaderTwo.status()).group).toBe('Group 2');

  // The same path holds each group's own value.
  await Promise.all([
    nth(one, 1).submit({ op: 'put', path: '/mine', value: 'one' }),
    nth(two, 1).submit({ op: 'put', path: '/mine', value: 'two' }),
  ]);
  expect(await Promise.all([read(nth(one, 2), '/mine'), read(nth(two, 2), '/mine')])).toEqual(['one', 'two']);
  await expect(async () => expect(await agreed(one)).not.toBe(await agreed(two))).toPass();

  // Group 1 is cut to pieces and paused; group 2 goes on at its pace.
  await first.page.evaluate(async (run) => {
    await window.quorate.faults.set([{ kind: 'cut', from: '*', to: '*' }], run);
    await window.quorate.pause(run);
  }, runOne);
  await expect
    .poll(async () => (await groupsAt(nth(two, 0))).map(({ paused, faults }) => [paused, faults.length]))
    .toEqual([
      [true, 1],
      [false, 0],
    ]);
  await nth(two, 0).submit({ op: 'put', path: '/mine', value: 'still two' });
  expect(await leaderTwo.status()).toMatchObject({ role: 'leader', paused: false });
  expect(await nth(one, 1).status()).toMatchObject({ run: runOne, paused: true });
  await first.page.evaluate((run) => window.quorate.calm(run), runOne);
  expect(await read(nth(one, 1), '/mine')).toBe('one');

  // A tab of group 2 closes, and comes back into it.
  const follower = nth(without(two, leaderTwo), 0);
  const address = follower.page.url();
  const id = await follower.id();
  await follower.close();
  const back = await openTab(context, address);
  expect(await back.id()).toBe(id);
  await back.page.waitForFunction((run) => window.quorate.status().run === run, runTwo);
  expect(await read(back, '/mine')).toBe('still two');
  await agreed([...without(two, follower), back]);

  // Whoever is in one group can look at the other, and steer it where it may.
  const seen = await groupsAt(first);
  expect(seen.map(({ name, own }) => [name, own])).toEqual([
    ['Group 1', true],
    ['Group 2', false],
  ]);
  await first.page.evaluate((run) => window.quorate.groups.show(run), runTwo);
  expect(await first.status()).toMatchObject({ run: runTwo, takesPart: false, role: null });
  const heir = await back.id();
  await first.page.evaluate((to) => window.quorate.transferLeadership(to), heir);
  await first.page.waitForFunction((to) => window.quorate.status().leader === to, heir);
  expect(await first.codeOf(`quorate.reconfigure([${JSON.stringify(await first.id())}])`)).toBe(
    'in-another-group',
  );

  // The end of group 2 is none of group 1's.
  await first.page.evaluate(() => window.quorate.stop());
  await back.page.waitForFunction(() => window.quorate.groups.list().length === 1);
  expect(await back.codeOf(`quorate.submit({ op: 'get', path: '/mine' })`)).toBe('watching');
  expect(await read(nth(one, 2), '/mine')).toBe('one');
});
