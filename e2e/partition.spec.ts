import process from 'node:process';
import { type BrowserContext, chromium, expect } from '@playwright/test';
import { quiet, test } from './support/live.js';
import { canMakeNamespaces, Namespaces } from './support/namespaces.js';
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

// Only root can pull a cable: elsewhere the partitions are those that the lab's faults make (controls.spec.ts).
if (canMakeNamespaces()) {
  test('a real partition: the side with a majority goes on, and once the cable is back all agree @full', async ({
    server,
    launchOptions,
  }) => {
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
      const tabs = [...few, ...many];
      await meshed(tabs);
      await first.page.evaluate(
        (text) => window.quorate.start({ protocol: 'raft', options: JSON.parse(text) }),
        JSON.stringify(patient),
      );
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
    } finally {
      for (const browser of browsers) await browser.close();
      await namespaces.close();
    }
  });
}
