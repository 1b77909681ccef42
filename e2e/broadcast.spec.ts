import type { BrowserContext } from '@playwright/test';
import { expect } from '@playwright/test';
import type { BroadcastId } from '../client/src/api/types.js';
import { quiet, test } from './support/live.js';
import { host, nth, openRoom, type Tab } from './support/tabs.js';

let context: BrowserContext;
let tabs: Tab[];

test.beforeAll(async ({ browser, server }) => {
  context = await browser.newContext(quiet);
  tabs = await openRoom(context, server.url, ['ada', 'jun', 'minji', 'sora']);
});

test.afterAll(() => context.close());

/** Starts a protocol with three voters: the fourth tab takes part without a vote. */
async function start(protocol: string, options: string): Promise<void> {
  const voters = await Promise.all(tabs.slice(0, 3).map((tab) => tab.id()));
  await host(tabs).page.evaluate(
    (given) => window.quorate.start({ ...given, options: JSON.parse(given.options) }),
    { protocol, voters, options },
  );
  for (const tab of tabs) await tab.page.waitForFunction(() => window.quorate.status().running);
}

/** Once the tab's node has started, its broadcast is taken on. */
function broadcast(tab: Tab, value: string): Promise<BroadcastId> {
  return tab.page.evaluate((given) => window.quorate.broadcast(given), value);
}

/** What the tab's node has delivered in this run, in its order. */
function delivered(tab: Tab): Promise<string[]> {
  return tab.page.evaluate(() => {
    const [self, { run }] = [window.quorate.nodeId(), window.quorate.status()];
    return window.quorate
      .trace()
      .flatMap((event) =>
        event.type === 'delivery' && event.node === self && event.run === run ? [event.preview] : [],
      );
  });
}

for (const [protocol, options] of [
  ['best-effort', '{}'],
  ['reliable', '{"uniform": true, "fifo": true}'],
] as const) {
  test(`${protocol} broadcast delivers in every tab of a run what any of them broadcasts, each once`, async () => {
    await start(protocol, options);
    const [first, last] = [nth(tabs, 1), nth(tabs, 3)];
    const id = await broadcast(first, 'from a voter');
    expect(id).toEqual({ origin: await first.id(), incarnation: 1, sequence: 1 });
    await broadcast(last, 'from a tab without a vote');
    for (const tab of tabs) {
      await expect
        .poll(async () => (await delivered(tab)).sort())
        .toEqual(['from a tab without a vote', 'from a voter']);
    }
    expect(await first.codeOf(`quorate.submit({ op: 'get', path: '/x' })`)).toBe('unsupported');
    for (const given of ['undefined', '() => 1', 'NaN'])
      expect(await first.codeOf(`quorate.broadcast(${given})`)).toBe('bad-command');
    await host(tabs).page.evaluate(() => window.quorate.stop());
    for (const tab of tabs) await tab.page.waitForFunction(() => !window.quorate.status().running);
  });
}

test('a restarted node has a new incarnation, gets what it missed, and delivers nothing again', async () => {
  await start('reliable', '{}');
  const [first, back] = [nth(tabs, 0), nth(tabs, 2)];
  await broadcast(back, 'before');
  for (const tab of tabs) await expect.poll(() => delivered(tab)).toEqual(['before']);
  await back.page.evaluate(() => window.quorate.crash());
  await broadcast(first, 'meanwhile');
  await expect.poll(() => delivered(nth(tabs, 1))).toEqual(['before', 'meanwhile']);
  await back.page.evaluate(() => window.quorate.restart());
  await expect
    .poll(() =>
      back.codeOf(`quorate.broadcast('after').then((id) => { if (id.incarnation !== 2) throw id })`),
    )
    .toBe('ok');
  const all = ['after', 'before', 'meanwhile'];
  // In whatever order: what a node missed may come after what it broadcasts itself.
  for (const tab of tabs.filter((other) => other !== back))
    await expect.poll(async () => (await delivered(tab)).sort()).toEqual(all);
  // Once when it delivered it, and once more as what its log still held.
  await expect
    .poll(async () => (await delivered(back)).sort())
    .toEqual(['after', 'before', 'before', 'meanwhile']);
  await host(tabs).page.evaluate(() => window.quorate.stop());
});
