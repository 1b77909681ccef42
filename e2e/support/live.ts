import { test as base, expect } from '@playwright/test';
import { plainHostArg } from './harness.js';
import { type PageErrors, pageErrors } from './page-errors.js';
import { Profile } from './profile.js';
import { type RunningServer, startServer } from './server.js';

/** What still pictures cost is not what these tests are about: five tabs that draw 60 times a second fill two cores. */
export const quiet = { reducedMotion: 'reduce' } as const;

/**
 * Tests of the whole product: the real server, one for all tests of a worker (who stops it starts an own one), and a
 * browser profile that can be killed, where `classroom.test` leads to loopback without a secure context. An error that a
 * page does not catch fails the test, unless the test takes it from `pageErrors`.
 */
export const test = base.extend<{ profile: Profile; pageErrors: PageErrors }, { server: RunningServer }>({
  server: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads a fixture's dependencies from this pattern.
    async ({}, use) => {
      const server = await startServer();
      await use(server);
      await server.stop();
    },
    { scope: 'worker' },
  ],
  context: async ({ context }, use) => {
    pageErrors.watch(context);
    await use(context);
  },
  pageErrors: [
    // biome-ignore lint/correctness/noEmptyPattern: as above.
    async ({}, use) => {
      await use(pageErrors);
      expect(pageErrors.take(), 'errors that no page has caught').toEqual([]);
    },
    { auto: true },
  ],
  contextOptions: async ({ contextOptions }, use) => use({ ...contextOptions, ...quiet }),
  profile: async ({ launchOptions }, use) => {
    const args = [...(launchOptions.args ?? []), plainHostArg];
    const profile = await Profile.create({ ...launchOptions, ...quiet, args });
    await use(profile);
    await profile.close();
  },
});
