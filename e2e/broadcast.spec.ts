import type { BrowserContext } from '@playwright/test';
import { expect } from '@playwright/test';
import { freeze, hide, launchWithBackground, openInRoom } from './support/background.js';
import { quiet, test } from './support/live.js';
import { broadcast, delivered, haveAll, type Sides, sayApart, together } from './support/sides.js';
import { host, meshed, nth, openRoom, type Tab } from './support/tabs.js';

let context: BrowserContext;
let tabs: Tab[];

test.beforeAll(async ({ browser, server }) => {
  context = await browser.newContext(quiet);
  tabs = await openRoom(context, server.url, ['ada', 'jun', 'minji', 'sora', 'tiger']);
});

test.afterAll(() => context.close());

test.afterEach(async () => {
  const { page } = host(tabs);
  await page.evaluate(() => window.quorate.calm());
  await page.evaluate(() => window.quorate.stop());
  for (const tab of tabs) await tab.page.waitForFunction(() => window.quorate.status().run === null);
});

/** Starts a protocol with three voters: the other tabs take part without a vote. */
async function start(protocol: string, options: string): Promise<void> {
  const voters = await Promise.all(tabs.slice(0, 3).map((tab) => tab.id()));
  await host(tabs).page.evaluate(
    (given) => window.quorate.start({ ...given, options: JSON.parse(given.options) }),
    { protocol, voters, options },
  );
  for (const tab of tabs) await tab.page.waitForFunction(() => window.quorate.status().running);
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
});

/** Nothing of the lab comes through between the two sides, in either direction. */
async function cutApart([left, right]: Sides): Promise<void> {
  const [few, many] = await Promise.all(
    [left, right].map((side) => Promise.all(side.map((tab) => tab.id()))),
  );
  await host(tabs).page.evaluate(
    ([a = [], b = []]) =>
      window.quorate.faults.set(
        a.flatMap((one) =>
          b.flatMap((other) => [
            { kind: 'cut', from: one, to: other } as const,
            { kind: 'cut', from: other, to: one } as const,
          ]),
        ),
      ),
    [few ?? [], many ?? []],
  );
}

for (const [protocol, title] of [
  ['reliable', 'reliable broadcast: what two sides have said apart, all have once the cut has healed'],
  ['gossip', 'gossip: what two sides have said apart, all have once the cut has healed'],
] as const) {
  test(title, async () => {
    await start(protocol, '{}');
    const sides: Sides = [tabs.slice(0, 2), tabs.slice(2)];
    await broadcast(nth(tabs, 4), 'together');
    await haveAll(tabs, ['together']);
    await cutApart(sides);
    const all = together(await sayApart(sides, [['together'], ['together']], 'apart'));
    await host(tabs).page.evaluate(() => window.quorate.faults.clear());
    await haveAll(tabs, all);
    await broadcast(nth(tabs, 0), 'together again');
    await haveAll(tabs, [...all, 'together again']);
  });
}

/** Whom the tab's node suspects, as far as its server has been told. */
function suspectedBy(tab: Tab): Promise<string[]> {
  return tab.page.evaluate(() => {
    const [self, { run }] = [window.quorate.nodeId(), window.quorate.status()];
    const last = window.quorate
      .trace()
      .findLast(
        (event) =>
          event.type === 'state' && event.node === self && event.run === run && event.instance === 'server',
      );
    const suspects = last?.type === 'state' ? last.observation.detail['suspects'] : null;
    return typeof suspects === 'string' ? suspects.split(' ') : [];
  });
}

test('a frozen sender is suspected though its links stand, and others relay what it has said @full', async ({
  launchOptions,
  server,
}) => {
  const browser = await launchWithBackground(launchOptions);
  try {
    const code = await host(tabs).code();
    const sender = await openInRoom(browser, `${server.url}/?room=${code}&name=zoe`);
    await meshed(tabs, 1);
    await hide(browser, [sender]);
    // No rounds of digests: what one lacks comes by its sender, or by those that suspect the sender. And patience: who is
    // slow on a machine with more to do than this test must not be taken for frozen.
    await start('reliable', '{"syncEveryMs": 0, "detector": {"acceptablePauseMs": 3000}}');
    const [witness, lacking, ...others] = [nth(tabs, 0), nth(tabs, 1), nth(tabs, 2), nth(tabs, 3)];
    const to = await lacking.id();
    const from = await sender.evaluate(() => window.quorate.nodeId());
    await sender.evaluate(() => window.quorate.broadcast('to all'));
    await haveAll(tabs, ['to all']);
    // In one direction alone: to both ends the link is up.
    await host(tabs).page.evaluate(
      ([a = '', b = '']) => window.quorate.faults.set([{ kind: 'cut', from: a, to: b }]),
      [from, to],
    );
    // Its heartbeats tell when the cut has come into force there.
    await sender.waitForFunction(
      () => window.quorate.trace().some((event) => event.type === 'lost' && event.reason === 'cut'),
      { polling: 50 },
    );
    await sender.evaluate(() => window.quorate.broadcast('half'));
    await haveAll([witness, ...others], ['to all', 'half']);
    expect(await delivered(lacking)).toEqual(['to all']);
    const thaw = await freeze(sender);
    await haveAll([lacking], ['to all', 'half']);
    await expect.poll(() => suspectedBy(witness)).toEqual([from]);
    expect(await linksEnded(witness, from)).toBe(0);
    await thaw();
    await expect.poll(() => suspectedBy(witness)).toEqual([]);
  } finally {
    await browser.close();
  }
});

/** How often in this run the link between the tab's node and that one has ended. */
function linksEnded(tab: Tab, peer: string): Promise<number> {
  return tab.page.evaluate((other) => {
    const [self, { run }] = [window.quorate.nodeId(), window.quorate.status()];
    return window.quorate
      .trace()
      .filter(
        (event) =>
          event.type === 'peer' &&
          event.run === run &&
          event.node === self &&
          event.peer === other &&
          !event.up,
      ).length;
  }, peer);
}
