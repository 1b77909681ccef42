import process from 'node:process';
import { type BrowserContext, chromium, expect } from '@playwright/test';
import { quiet, test } from './support/live.js';
import { canMakeNamespaces, Namespaces } from './support/namespaces.js';
import type { RunningServer } from './support/server.js';
import { broadcast, haveAll, type Messages, sayApart, together } from './support/sides.js';
import { agreed, leaderOf, meshed, nth, openTab, patient, type Tab } from './support/tabs.js';

/** A browser in a network namespace of its own. */
async function browserIn(
  namespaces: Namespaces,
  index: number,
  launchOptions: NonNullable<Parameters<typeof chromium.launch>[0]>,
): Promise<{ readonly context: BrowserContext; readonly close: () => Promise<void> }> {
  const command = process.env['QUORATE_CHROMIUM'] ?? chromium.executablePath();
  const browser = await chromium.launch({
    ...launchOptions,
    executablePath: await namespaces.program(index, command),
  });
  return { context: await browser.newContext(quiet), close: () => browser.close() };
}

type Room = {
  /** Two tabs, the host's first, on the machine whose cable stays. */
  readonly few: readonly Tab[];
  /** Three tabs on the machine whose cable is pulled. */
  readonly many: readonly Tab[];
  readonly namespaces: Namespaces;
};

/** Opens a room on two machines, each a browser in a network of its own, and closes all of it in the end. */
async function onTwoMachines(
  server: RunningServer,
  launchOptions: NonNullable<Parameters<typeof chromium.launch>[0]>,
  use: (room: Room) => Promise<void>,
): Promise<void> {
  const namespaces = await Namespaces.create(2);
  const browsers = await Promise.all([0, 1].map((index) => browserIn(namespaces, index, launchOptions)));
  try {
    const [left, right] = browsers.map(({ context }) => context);
    if (left === undefined || right === undefined) throw new Error('two browsers were started');
    const origin = `http://${namespaces.address}:${server.port}`;
    const first = await openTab(left, `${origin}/?host=1&name=ada`);
    const code = await first.code();
    const join = (context: BrowserContext, name: string): Promise<Tab> =>
      openTab(context, `${origin}/?room=${code}&name=${name}`);
    const few = [first, await join(left, 'jun')];
    const many = [await join(right, 'minji'), await join(right, 'tiger'), await join(right, 'sora')];
    await meshed([...few, ...many]);
    await use({ few, many, namespaces });
  } finally {
    for (const browser of browsers) await browser.close();
    await namespaces.close();
  }
}

async function start(tab: Tab, protocol: string, options: object): Promise<void> {
  await tab.page.evaluate(
    (text) => window.quorate.start(JSON.parse(text)),
    JSON.stringify({ protocol, options }),
  );
}

/** Waits until no tab of one side has a link to one of the other: the browsers have given them up. */
async function apart(few: readonly Tab[], many: readonly Tab[]): Promise<void> {
  for (const [side, others] of [
    [few, many],
    [many, few],
  ] as const) {
    const ids = await Promise.all(others.map((tab) => tab.id()));
    for (const tab of side) {
      await tab.page.waitForFunction(
        (gone) =>
          window.quorate
            .room()
            .tabs.every(
              ({ id, link }) => !gone.includes(id) || !['direct', 'relayed', 'silent'].includes(link),
            ),
        ids,
      );
    }
  }
}

// Only root can pull a cable: elsewhere the partitions are those that the lab's faults make (controls.spec.ts, broadcast.spec.ts).
if (canMakeNamespaces()) {
  test('a real partition: the side with a majority goes on, and once the cable is back all agree @full', async ({
    server,
    launchOptions,
  }) => {
    await onTwoMachines(server, launchOptions, async ({ few, many, namespaces }) => {
      const tabs = [...few, ...many];
      await start(nth(few, 0), 'raft', patient);
      await leaderOf(tabs);
      await nth(few, 1).submit({ op: 'put', path: '/before', value: 1 });
      await agreed(tabs);

      await namespaces.cut(1);
      const leader = await leaderOf(many);
      expect(await leader.submit({ op: 'put', path: '/majority', value: 2 })).toMatchObject({ ok: true });
      let isAnswered = false;
      const waiting = nth(few, 1)
        .submit({ op: 'put', path: '/minority', value: 3 })
        .finally(() => {
          isAnswered = true;
        });
      await agreed(many);
      expect(isAnswered).toBe(false);

      await namespaces.join(1);
      expect(await waiting).toMatchObject({ ok: true });
      await meshed(tabs);
      await leaderOf(tabs);
      await agreed(tabs);
      const get = { op: 'get', path: '/majority' } as const;
      expect(await nth(few, 1).submit(get)).toMatchObject({ value: 2 });
    });
  });

  for (const protocol of ['reliable', 'gossip']) {
    test(`a real partition: under ${protocol} the two sides’ messages differ, and once the cable is back all have all @full`, async ({
      server,
      launchOptions,
    }) => {
      await onTwoMachines(server, launchOptions, async ({ few, many, namespaces }) => {
        const tabs = [...few, ...many];
        await start(nth(few, 0), protocol, {});
        for (const tab of tabs) await tab.page.waitForFunction(() => window.quorate.status().running);
        await broadcast(nth(many, 2), 'together');
        await haveAll(tabs, ['together']);
        const before: Messages = [['together'], ['together']];

        await namespaces.cut(1);
        // First the links still stand, and what is sent waits in them; then they are gone, and with them what waited.
        const early = await sayApart([few, many], before, 'cable pulled');
        await apart(few, many);
        const late = await sayApart([few, many], early, 'links gone');

        await namespaces.join(1);
        await meshed(tabs);
        await haveAll(tabs, together(late));
        await broadcast(nth(few, 1), 'together again');
        await haveAll(tabs, [...together(late), 'together again']);
      });
    });
  }
}
