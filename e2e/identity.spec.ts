import { type BrowserContext, test as base, expect, type Page } from '@playwright/test';
import type { Harness } from './pages/identity/harness.js';
import { freeze, launchWithBackground } from './support/background.js';
import { callOn, type HarnessServer, plainHostArg, serveHarness } from './support/harness.js';
import { Profile } from './support/profile.js';

type Origin = 'a secure origin' | 'plain http';
const origins: readonly Origin[] = ['a secure origin', 'plain http'];

let server: HarnessServer;

const test = base.extend<{ profile: Profile }>({
  profile: async ({ launchOptions }, use) => {
    const args = [...(launchOptions.args ?? []), plainHostArg];
    const profile = await Profile.create({ ...launchOptions, args });
    await use(profile);
    await profile.close();
  },
});

test.beforeAll(async () => {
  server = await serveHarness('identity');
});
test.afterAll(() => server.close());

const addressOf = (origin: Origin, room: string, name: string): string =>
  `${origin === 'plain http' ? server.plainUrl : server.url}?${new URLSearchParams({ room, name })}`;

/** Opens the link, and waits until the tab is somebody. */
async function open(context: BrowserContext, origin: Origin, name: string, room = 'maple-otter-42') {
  const page = await context.newPage();
  await page.goto(addressOf(origin, room, name));
  return { page, me: await callOn<Harness>(page)('me') };
}

const meOf = (page: Page) => callOn<Harness>(page)('me');

for (const origin of origins) {
  test.describe(`on ${origin}`, () => {
    test('a reloaded tab is the same node, with the same disk, at once', async ({ profile }) => {
      const { page, me } = await open(await profile.context(), origin, 'tiger');
      expect(me).toMatchObject({ name: 'tiger', origin: 'new', disk: expect.stringContaining('created') });
      expect(me.nodeId).toMatch(/^[a-z2-7]{26}$/);
      expect(await callOn<Harness>(page)('hasLocks')).toBe(origin === 'a secure origin');
      expect(await callOn<Harness>(page)('signs')).toBe(true);
      await page.reload();
      const again = await meOf(page);
      expect(again).toMatchObject({ nodeId: me.nodeId, name: 'tiger', origin: 'returning', waited: 0 });
      expect(again.disk).toContain('found');
      expect(again.generation).toBeGreaterThan(me.generation);
      expect(await callOn<Harness>(page)('signs')).toBe(true);
    });

    test('a second tab of the name is another node with a number, and a duplicated one a third', async ({
      profile,
    }) => {
      const context = await profile.context();
      const first = await open(context, origin, 'tiger');
      const second = await open(context, origin, 'tiger');
      expect(second.me).toMatchObject({ name: 'tiger 2', origin: 'new', waited: 0 });
      // What a duplicate has in common with its original: the address, and a copy of the session's storage.
      const opening = context.waitForEvent('page');
      await first.page.evaluate(() => window.open(location.href));
      const duplicate = await opening;
      await duplicate.waitForLoadState();
      const third = await meOf(duplicate);
      expect(third).toMatchObject({ name: 'tiger 3', origin: 'new', waited: 0 });
      expect(new Set([first.me.nodeId, second.me.nodeId, third.nodeId]).size).toBe(3);
      const elsewhere = await open(context, origin, 'tiger', 'another-room-7');
      expect(elsewhere.me).toMatchObject({ name: 'tiger', origin: 'new' });
    });

    test('after the tab was closed, the next one under its name is that node again', async ({ profile }) => {
      const context = await profile.context();
      const first = await open(context, origin, 'tiger');
      const second = await open(context, origin, 'tiger');
      await first.page.close({ runBeforeUnload: true });
      await second.page.close({ runBeforeUnload: true });
      const back = await open(context, origin, 'tiger 2');
      expect(back.me).toMatchObject({ nodeId: second.me.nodeId, name: 'tiger 2', origin: 'returning' });
      expect((await open(context, origin, 'tiger')).me).toMatchObject({
        nodeId: first.me.nodeId,
        name: 'tiger',
        origin: 'returning',
        waited: 0,
      });
    });

    test('a crashed page is the same node when it is loaded again', async ({ profile }) => {
      const context = await profile.context();
      const { page, me } = await open(context, origin, 'tiger');
      const crashed = page.waitForEvent('crash');
      const session = await context.newCDPSession(page);
      // The answer never comes: the page is gone.
      const answered = session.send('Page.crash').then(
        () => 'answered',
        () => 'gone',
      );
      await crashed;
      const back = await open(context, origin, 'tiger');
      expect(back.me).toMatchObject({ nodeId: me.nodeId, name: 'tiger', origin: 'returning' });
      // Where only a lease can tell, the screen says what it is waiting for.
      expect(back.me.waited > 0).toBe(origin === 'plain http');
      await page.close();
      expect(await answered).toBe('gone');
    });

    test('after the browser was killed, the same link is the same node', async ({ profile }) => {
      const { page, me } = await open(await profile.context(), origin, 'tiger');
      expect(await callOn<Harness>(page)('write')).toBe('null');
      await profile.kill();
      const back = await open(await profile.context(), origin, 'tiger');
      expect(back.me).toMatchObject({ nodeId: me.nodeId, name: 'tiger', origin: 'returning' });
      expect(back.me.disk).toContain('found');
    });

    test('a node whose disk is lost comes back as a new one under its name', async ({ profile }) => {
      const { page, me } = await open(await profile.context(), origin, 'tiger');
      await callOn<Harness>(page)('leave');
      await callOn<Harness>(page)('removeDisk', me.nodeId);
      await page.reload();
      const back = await meOf(page);
      expect(back).toMatchObject({
        name: 'tiger',
        origin: 'disk-lost',
        disk: expect.stringContaining('created'),
      });
      expect(back.nodeId).not.toBe(me.nodeId);
      await page.reload();
      expect(await meOf(page)).toMatchObject({ nodeId: back.nodeId, origin: 'returning' });
    });

    test('who opens a room is, by the link it gets, the node that opened it', async ({ profile }) => {
      const context = await profile.context();
      const page = await context.newPage();
      await page.goto(origin === 'plain http' ? server.plainUrl : server.url);
      const opened = await callOn<Harness>(page)('open', 'maple-otter-42', 'teacher');
      expect(opened).toMatchObject({ name: 'teacher', origin: 'new', nodeId: opened.fresh });
      await page.goto(addressOf(origin, 'maple-otter-42', 'teacher'));
      expect(await meOf(page)).toMatchObject({ nodeId: opened.nodeId, origin: 'returning' });
    });

    test('kept identities are listed, the last used first, and forgotten with their disks', async ({
      profile,
    }) => {
      const context = await profile.context();
      const tiger = await open(context, origin, 'tiger');
      const otter = await open(context, origin, 'otter');
      const call = callOn<Harness>(otter.page);
      expect((await call('kept')).map(({ name }) => name)).toEqual(['otter', 'tiger']);
      expect(await call('forget', 'maple-otter-42', 'tiger')).toBe('held');
      await callOn<Harness>(tiger.page)('leave');
      expect(await call('forget', 'maple-otter-42', 'tiger')).toBe('ok');
      expect((await call('kept')).map(({ name }) => name)).toEqual(['otter']);
      await tiger.page.reload();
      const again = await meOf(tiger.page);
      expect(again).toMatchObject({ name: 'tiger', origin: 'new' });
      expect(again.nodeId).not.toBe(tiger.me.nodeId);
    });
  });
}

test('on plain http, a frozen holder is succeeded, finds out when it thaws, and can write no more @full', async ({
  launchOptions,
}) => {
  const browser = await launchWithBackground(launchOptions, [plainHostArg]);
  try {
    const former = await browser.newPage();
    await former.goto(addressOf('plain http', 'maple-otter-42', 'tiger'));
    const me = await callOn<Harness>(former)('me');
    expect(await callOn<Harness>(former)('write')).toBe('null');
    const page = await browser.newPage();
    await page.bringToFront();
    await former.waitForFunction(() => document.visibilityState === 'hidden', { polling: 50 });
    const thaw = await freeze(former);
    await page.goto(addressOf('plain http', 'maple-otter-42', 'tiger'));
    const successor = await callOn<Harness>(page)('me');
    expect(successor).toMatchObject({ nodeId: me.nodeId, name: 'tiger', origin: 'returning' });
    expect(successor.waited).toBeGreaterThan(0);
    await thaw();
    expect(await callOn<Harness>(former)('write')).toBe('succeeded');
    await expect.poll(() => callOn<Harness>(former)('succeeded')).toBe(true);
    expect(await callOn<Harness>(page)('write')).toBe('null');
  } finally {
    await browser.close();
  }
});
