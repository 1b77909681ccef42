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
  await planByHand(host(tabs));
  const runs = await host(tabs).page.evaluate(
    (text) => window.quorate.groups.split(3, { options: JSON.parse(text) }),
    JSON.stringify(patient),
  );
  expect(runs).toHaveLength(2);
  const [one, two] = await Promise.all(runs.map((run) => membersOf(tabs, run)));
  expect([one?.length, two?.length]).toEqual([3, 3]);
  return { tabs, one: one ?? [], two: two ?? [] };
}

/** In the lobby: who would be in which group is shown before it is done, and can be changed. */
async function planByHand({ page }: Tab): Promise<void> {
  const lines = page.getByRole('region', { name: 'Groups' }).getByRole('listitem');
  await page.getByRole('button', { name: 'Groups of 3' }).click();
  await expect(lines).toHaveText([/^Group 1ada/, /^Group 2/]);
  await page.getByLabel('ada’s group').selectOption('watches');
  await expect(lines).toHaveText([/^Group 1(?!.*ada)/, /^Group 2/, /^Watchada$/]);
  const start = page.getByRole('button', { name: /^Start Raft in 2 groups/ });
  await expect(start).toHaveAttribute('aria-disabled', 'true');
  await page.getByLabel('ada’s group').selectOption('Group 1');
  await expect(lines).toHaveText([/^Group 1.*ada$/, /^Group 2/]);
  await expect(start).toHaveAttribute('aria-disabled', 'false');
}

/** All groups at once, and one of them looked into. */
async function lookAround({ page }: Tab, stranger: string): Promise<void> {
  await page.getByRole('button', { name: 'Stage', exact: true }).click();
  await expect(page.getByRole('button', { name: /^Group 1 yours/ })).toHaveAttribute('aria-current', 'true');
  await page.getByRole('button', { name: 'Overview' }).click();
  const cards = page.getByRole('article');
  await expect(cards).toHaveCount(2);
  for (const number of [1, 2]) {
    const card = cards.nth(number - 1);
    await expect(card).toContainText(`Group ${number}`);
    await expect(card).toContainText(/leads, term \d+/);
    await expect(card).toContainText(/[1-9]\d* committed/);
  }
  await cards.nth(1).getByRole('button', { name: 'Group 2', exact: true }).click();
  const cluster = page.getByRole('region', { name: 'Cluster' });
  await expect(cluster.locator('.disc', { hasText: stranger })).toHaveCount(1);
  await expect(cluster.locator('.disc', { hasText: 'ada' })).toHaveCount(0);
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

  const { name: stranger } = (await first.seen(await leaderTwo.id())) ?? { name: '' };
  await lookAround(first, stranger);

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
  expect(await leaderTwo.status()).toMatchObject({ run: runTwo, paused: false });
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
  const twoAgain = [...without(two, follower), back];
  await agreed(twoAgain);

  // Whoever is in one group can look at the other, and steer it where it may.
  const seen = await groupsAt(first);
  expect(seen.map(({ name, own }) => [name, own])).toEqual([
    ['Group 1', true],
    ['Group 2', false],
  ]);
  expect(await first.status()).toMatchObject({ run: runTwo, takesPart: false, role: null });
  const heir = await nth(without(twoAgain, await leaderOf(twoAgain)), 0).id();
  await first.page.evaluate((to) => window.quorate.transferLeadership(to), heir);
  await first.page.waitForFunction((to) => window.quorate.status().leader === to, heir);
  expect(await first.codeOf(`quorate.reconfigure([${JSON.stringify(await first.id())}])`)).toBe(
    'in-another-group',
  );

  // Somebody goes from the one into the other, while both run.
  const mover = nth(without(twoAgain, await leaderOf(twoAgain)), 0);
  const idsOf = (members: readonly Tab[]): Promise<string[]> => Promise.all(members.map((tab) => tab.id()));
  const twoLeft = await idsOf(without(twoAgain, mover));
  await first.page.evaluate((voters) => window.quorate.reconfigure(voters), twoLeft);
  await mover.page.waitForFunction(() => !window.quorate.groups.list().some((group) => group.own));
  const oneMore = [...(await idsOf(one)), await mover.id()];
  await first.page.evaluate(([run, voters]) => window.quorate.reconfigure(voters, run), [
    runOne,
    oneMore,
  ] as const);
  expect(await read(mover, '/mine')).toBe('one');

  // The end of group 2 is none of group 1's.
  await first.page.evaluate(() => window.quorate.stop());
  const left = nth(without(twoAgain, mover), 0);
  await left.page.waitForFunction(() => window.quorate.groups.list().length === 1);
  expect(await left.codeOf(`quorate.submit({ op: 'get', path: '/mine' })`)).toBe('watching');
  expect(await read(nth(one, 2), '/mine')).toBe('one');
});
