import { type BrowserContext, expect } from '@playwright/test';
import { test } from './support/live.js';
import { startServer } from './support/server.js';
import { host, nth, openTab, patient, type Tab } from './support/tabs.js';

const voterCount = 3;
/** So slow that an election is not the machine's doing, with as many tabs as this. */
const pace = 1 / 5;
/** Up to so many, each tab is linked to each. */
const fullMeshMax = 12;
/** The overlay's links of one tab; a voter has those to the other voters as well. */
const overlayLinksMax = 6;

/** All tabs of the room know of each other, whether they are linked or not. */
async function openLargeRoom(context: BrowserContext, origin: string, tabCount: number): Promise<Tab[]> {
  const first = await openTab(context, `${origin}/?host=1&name=tab0`);
  const code = await first.code();
  const others = Array.from({ length: tabCount - 1 }, (_, i) =>
    openTab(context, `${origin}/?room=${code}&name=tab${i + 1}`),
  );
  const tabs = [first, ...(await Promise.all(others))];
  for (const tab of tabs) await expect.poll(() => hereFor(tab)).toBe(tabCount);
  return tabs;
}

async function hereFor(tab: Tab): Promise<number> {
  return (await tab.room()).tabs.filter(({ presence }) => presence === 'here').length;
}

async function linksOf(tab: Tab): Promise<number> {
  return (await tab.room()).tabs.filter(({ link }) => !['self', 'indirect', 'closed'].includes(link)).length;
}

// Thirteen are too many for a full mesh, and for the minutes that the short run has.
for (const [tabCount, tag] of [
  [9, ''],
  [13, ' @full'],
] as const)
  test(`${tabCount} tabs: all that is said reaches everybody, over few links, without the server and over closed tabs${tag}`, async ({
    context,
  }) => {
    test.setTimeout(180_000);
    const server = await startServer();
    const tabs = await openLargeRoom(context, server.url, tabCount);
    const voters = await Promise.all(tabs.slice(0, voterCount).map((tab) => tab.id()));
    await host(tabs).page.evaluate((slow) => window.quorate.pace.set(slow), pace);
    await host(tabs).page.evaluate(
      (text) => window.quorate.start(JSON.parse(text)),
      JSON.stringify({ protocol: 'raft', voters, options: patient }),
    );
    const watchers = tabs.slice(voterCount);
    if (tabCount > fullMeshMax)
      for (const tab of watchers)
        await expect.poll(() => linksOf(tab), { timeout: 40_000 }).toBeLessThanOrEqual(overlayLinksMax);
    // Who votes leads, and everybody sees it, linked to the leader or not.
    for (const tab of tabs)
      await expect.poll(async () => voters.includes((await tab.status()).leader ?? '')).toBe(true);

    await server.stop();
    for (const tab of tabs) await expect.poll(async () => (await tab.room()).server).toBe('offline');
    const asking = nth(watchers, 0);
    expect(await asking.submit({ op: 'put', path: '/a', value: 1 })).toMatchObject({ ok: true });
    const { commitIndex } = await host(tabs).status();
    for (const tab of tabs)
      await expect.poll(async () => (await tab.status()).commitIndex).toBeGreaterThanOrEqual(commitIndex);

    const closed = [nth(watchers, 1), nth(watchers, 4), nth(watchers, 5)];
    for (const tab of closed) await tab.close();
    const left = tabs.filter((tab) => !closed.includes(tab));
    for (const tab of left) await expect.poll(() => hereFor(tab)).toBe(left.length);
    await host(tabs).page.evaluate(() => window.quorate.pace.set(1 / 2));
    for (const tab of left) await expect.poll(async () => (await tab.status()).pace).toBe(1 / 2);
    expect(await nth(left, -1 + left.length).submit({ op: 'get', path: '/a' })).toMatchObject({ value: 1 });
    // The host's word reaches a node to which it had no link.
    const far = await nth(left, left.length - 1).id();
    await host(tabs).page.evaluate((node) => window.quorate.crash(node), far);
    for (const tab of left) await expect.poll(async () => (await tab.seen(far))?.lab).toBe('crashed');
  });
