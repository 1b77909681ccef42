import process from 'node:process';
import { defineConfig } from '@playwright/test';
import { findInstalled } from './.tools/setup.mjs';

const full = process.env['QUORATE_FULL'] === '1';
const executablePath = process.env['QUORATE_CHROMIUM'] ?? (await findInstalled());
// Tests that start a browser of their own take the same one.
if (executablePath) process.env['QUORATE_CHROMIUM'] = executablePath;
// Chromium refuses to start its sandbox as root.
const isRoot = process.getuid?.() === 0;

export default defineConfig({
  testDir: './e2e',
  testMatch: '**/*.{spec,test}.ts',
  testIgnore: ['**/dist/**', '**/bench/**'],
  outputDir: './test-results',
  ...(full ? {} : { grepInvert: /@full/ }),
  // Each test runs several tabs of its own: two tests at once would measure each other's load.
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: full ? 300_000 : 60_000,
  globalTimeout: full ? 0 : 8 * 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json', { outputFile: '.cache/e2e.json' }]],
  use: {
    browserName: 'chromium',
    headless: true,
    // Actions, console and network only: pictures of five tabs cost more than the five tabs do.
    trace: { mode: 'retain-on-failure', screenshots: false, snapshots: false },
    launchOptions: {
      ...(executablePath ? { executablePath } : {}),
      args: [
        ...(isRoot ? ['--no-sandbox'] : []),
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
        '--disable-quic',
        '--disable-gpu',
      ],
    },
  },
});
