import { defineConfig } from 'vitest/config';

const full = process.env['QUORATE_FULL'] === '1';

export default defineConfig({
  // 'source' makes @quorate/shared/* mean its TypeScript, so that a test never runs against a stale build.
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'], externalConditions: ['source'] } },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  test: {
    include: [
      'shared/{src,mutants,cli}/**/*.test.ts',
      'signaling-server/src/**/*.test.ts',
      'client/src/**/*.test.{ts,tsx}',
      'e2e/bench/**/*.test.ts',
      '.tools/**/*.test.mjs',
    ],
    exclude: ['**/node_modules/**', '**/dist/**', ...(full ? [] : ['**/*.full.test.{ts,mjs}'])],
    environment: 'node',
    pool: 'threads',
    maxWorkers: 2,
    testTimeout: full ? 600_000 : 30_000,
    hookTimeout: 30_000,
    allowOnly: false,
    cache: false,
  },
});
