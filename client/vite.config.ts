import { defaultClientConditions, defineConfig } from 'vite';

// 'source' makes @quorate/shared/* mean its TypeScript: one build, no stale output in between.
const conditions = ['source', ...defaultClientConditions];

export default defineConfig({
  resolve: { conditions },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es' },
  build: {
    target: ['chrome110', 'firefox115', 'safari16'],
    outDir: 'dist',
    // A strict Content-Security-Policy allows no data: scripts and no inline ones.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: true,
  },
  server: {
    proxy: { '/socket.io': { target: 'http://localhost:3000', ws: true } },
  },
});
