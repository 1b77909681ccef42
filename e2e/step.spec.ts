import { type BrowserContext, expect } from '@playwright/test';
import { quiet, test } from './support/live.js';
import { agreed, host, leaderOf, nth, openRoom, startRaft, type Tab, without } from './support/tabs.js';

let context: BrowserContext;
let tabs: Tab[];
let leader: Tab;

// One room serves them all: each test leaves it calm.
test.beforeAll(async ({ browser, server }) => {
  context = await browser.newContext(quiet);
  tabs = await openRoom(context, server.url, ['ada', 'jun', 'minji']);
  leader = await startRaft(tabs);
});

test.afterAll(() => context.close());

test.beforeEach(async () => {
  leader = await leaderOf(tabs);
  await host(tabs).page.evaluate(() => window.quorate.pause());
  for (const tab of tabs) await tab.page.waitForFunction(() => window.quorate.status().paused);
});

test.afterEach(async () => {
  await host(tabs).page.evaluate(() => window.quorate.calm());
  await leaderOf(tabs);
  await agreed(tabs);
});

/** Messages that wait at a node, as the host's tab was told: in the order in which they came. */
function waiting(node: string, kind: string): Promise<string[]> {
  return host(tabs).page.evaluate(
    ([id, wanted]) => {
      const events = window.quorate.trace().filter((event) => event.node === id);
      const gone = new Set(events.flatMap((event) => (event.type === 'delivered' ? [event.message] : [])));
      return events.flatMap((event) =>
        event.type === 'arrived' && event.info.kind === wanted && !gone.has(event.message)
          ? [event.message]
          : [],
      );
    },
    [node, kind],
  );
}

const step = (next: unknown) =>
  host(tabs).page.evaluate((text) => window.quorate.step(JSON.parse(text)), JSON.stringify(next));
const codeOfStep = (tab: Tab, next: unknown) => tab.codeOf(`quorate.step(${JSON.stringify(next)})`);

test('one timer fires and one message is delivered: that happens, and nothing else', async () => {
  const [stands, other] = without(tabs, leader);
  if (stands === undefined || other === undefined) throw new Error('three tabs are there');
  const [node, at] = [await stands.id(), await other.id()];
  await step({ node, fire: 'election' });
  await stands.page.waitForFunction(() => window.quorate.status().role === 'pre-candidate');
  await expect.poll(() => waiting(at, 'RequestPreVote')).toHaveLength(1);
  expect(await waiting(await leader.id(), 'RequestPreVote')).toHaveLength(1);
  const [message] = await waiting(at, 'RequestPreVote');
  await step({ node: at, deliver: message });
  await expect.poll(() => waiting(at, 'RequestPreVote')).toEqual([]);
  // Its answer waits in turn; the leader has heard nothing of all this.
  await expect.poll(() => waiting(node, 'RequestPreVoteResponse')).toHaveLength(1);
  expect(await waiting(await leader.id(), 'RequestPreVote')).toHaveLength(1);
  expect((await leader.status()).role).toBe('leader');
  expect(await codeOfStep(host(tabs), { node: at, deliver: message })).toBe('nothing-waits');
});

test('it runs on to the next commit, and pauses again; resumed, nothing is lost', async () => {
  const student = nth(tabs, 1);
  const { commitIndex } = await leader.status();
  const commands = [1, 2, 3].map((value) => student.submit({ op: 'put', path: '/step', value }));
  await step({ until: 'commit' });
  await leader.page.waitForFunction((index) => window.quorate.status().commitIndex > index, commitIndex);
  for (const tab of tabs) await tab.page.waitForFunction(() => window.quorate.status().paused);
  await host(tabs).page.evaluate(() => window.quorate.resume());
  for (const command of commands) expect(await command).toMatchObject({ ok: true });
});

test('only the host steps, only while the lab is paused, and only what waits', async () => {
  const [first, student] = [host(tabs), nth(tabs, 1)];
  const node = await student.id();
  expect(await codeOfStep(student, { until: 'vote' })).toBe('not-host');
  expect(await codeOfStep(first, { until: 'lunch' })).toBe('bad-step');
  expect(await codeOfStep(first, { node, fire: 'lunch' })).toBe('nothing-waits');
  expect(await codeOfStep(first, { node: 'nobody', fire: 'election' })).toBe('unknown-node');
  await first.page.evaluate(() => window.quorate.resume());
  expect(await codeOfStep(first, { node, fire: 'election' })).toBe('not-paused');
});

test('on the Stage a click on a timer that waits lets it fire', async () => {
  const { page } = host(tabs);
  const [stands] = without(tabs, leader);
  if (stands === undefined) throw new Error('three tabs are there');
  await page.getByRole('button', { name: 'Stage', exact: true }).click();
  await page.locator(`g[data-node='${await stands.id()}'] .fill`).click();
  await page.getByTitle('Let the election fire now').click();
  await stands.page.waitForFunction(() => window.quorate.status().role === 'pre-candidate');
  await page.getByRole('button', { name: 'To the next commit' }).click();
  await page.waitForFunction(() => !window.quorate.status().paused);
});
