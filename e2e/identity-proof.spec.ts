import process from 'node:process';
import { expect, type Page } from '@playwright/test';
import puppeteer from 'puppeteer-core';
import { test } from './support/live.js';
import { lieTo } from './support/lying-server.js';
import { Middle } from './support/middle.js';
import { entered, host, meshed, openRoom, openTab, type Tab } from './support/tabs.js';

test('a server that puts itself between two tabs is found and named, and a third tab brings them together', async ({
  context,
  server,
}) => {
  const honest = await openRoom(context, server.url, ['ada', 'minji']);
  const ada = host(honest);
  const adaId = await ada.id();
  const middle = await Middle.open(context);
  const page = await context.newPage();
  await lieTo(
    page,
    middle.between(() => adaId),
  );
  await page.goto(`${server.url}/?room=${await ada.code()}&name=jun`);
  const jun = await entered(page);
  const junId = await jun.id();
  for (const [tab, other] of [
    [ada, junId],
    [jun, adaId],
  ] as const) {
    await expect
      .poll(() => unprovenOf(tab))
      .toMatchObject([{ node: other, problem: 'fingerprint-swapped', via: null }]);
    await expect(alertOf(tab.page)).toContainText('would have read along');
    await expect(alertOf(tab.page)).toContainText('the signaling server');
  }
  // Both of their channels ended there: what it could not do is to sign for them.
  expect(await middle.passed()).toBeGreaterThan(3);
  const tabs = [...honest, jun];
  await meshed(tabs);
  expect(await Promise.all(honest.slice(1).map(unprovenOf))).toEqual([[]]);
  await ada.page.getByRole('alert').getByRole('button').click();
  await expect(alertOf(ada.page)).toHaveCount(0);
});

test('a server that hands out another tab in somebody’s place is found and named at both', async ({
  context,
  server,
}) => {
  const page = await context.newPage();
  const ids = { eve: '', made: '' };
  await lieTo(page, (said, to) => {
    const { name, nodeId } = said.body;
    if (said.event === 'memberJoined' && name === 'eve' && typeof nodeId === 'string') {
      ids.eve = nodeId;
      ids.made = nodeId.slice(0, -1) + (nodeId.endsWith('a') ? 'e' : 'a');
    }
    if (ids.eve === '') return said;
    const [from, by] = to === 'page' ? [ids.eve, ids.made] : [ids.made, ids.eve];
    return { event: said.event, body: JSON.parse(JSON.stringify(said.body).replaceAll(from, by)) };
  });
  await page.goto(`${server.url}/?host=1&name=ada`);
  const ada = await entered(page);
  const eve = await openTab(context, `${server.url}/?room=${await ada.code()}&name=eve`);
  await expect
    .poll(() => unprovenOf(ada))
    .toMatchObject([{ node: ids.made, problem: 'identity-mismatch', via: null }]);
  await expect(alertOf(ada.page)).toContainText('somebody with another key');
  await expect
    .poll(() => unprovenOf(eve))
    .toMatchObject([{ node: await ada.id(), problem: 'proof-refused', via: null }]);
  await expect(alertOf(eve.page)).toContainText('did not believe who this tab is');
  expect((await ada.room()).tabs.map(({ name }) => name)).toEqual(['ada']);
});

test('tabs with WebCrypto and without prove themselves to each other', async ({ profile, server }) => {
  const context = await profile.context();
  const ada = await openTab(context, `${server.url}/?host=1&name=ada`);
  const query = `/?room=${await ada.code()}`;
  const jun = await openTab(context, `${server.plainUrl}${query}&name=jun`);
  const lea = await openTab(context, `${server.plainUrl}${query}&watch=1`);
  const hasSubtle = (tab: Tab) => tab.page.evaluate(() => 'subtle' in crypto);
  expect([await hasSubtle(ada), await hasSubtle(jun)]).toEqual([true, false]);
  await meshed([ada, jun, lea]);
  for (const tab of [ada, jun, lea]) expect(await unprovenOf(tab)).toEqual([]);
});

/** How many tabs a page is linked to, itself included; none before it is in its room. */
const linked = `(() => {
  try {
    return quorate.room().tabs.filter(({ link }) => link === 'self' || link === 'direct').length;
  } catch {
    return 0;
  }
})()`;

// Only Chromium is sure to be there for npm test.
test('Firefox and Chromium prove themselves to each other, and Firefox to itself @full', async ({
  context,
  server,
}) => {
  const ada = await openTab(context, `${server.url}/?host=1&name=ada`);
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env['QUORATE_FIREFOX'] ?? '/usr/bin/firefox-esr',
    headless: true,
  });
  try {
    const code = await ada.code();
    for (const [name, count] of [
      ['jun', 2],
      ['lea', 3],
    ] as const) {
      const page = await browser.newPage();
      await page.goto(`${server.url}/?room=${code}&name=${name}`);
      await expect.poll(() => page.evaluate(linked)).toBe(count);
      expect(await page.evaluate('quorate.room().unproven')).toEqual([]);
    }
    expect(await unprovenOf(ada)).toEqual([]);
  } finally {
    await browser.close();
  }
});

async function unprovenOf(tab: Tab) {
  return (await tab.room()).unproven;
}

function alertOf(page: Page) {
  return page.getByRole('alert');
}
