import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { hashFiles } from './build.mjs';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'quorate-hash-'));
  write('src/main.ts', 'export {};');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/**
 * @param {string} name
 * @param {string} content
 */
function write(name, content) {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  writeFileSync(path.join(folder, name), content);
}

it('builds again when a source changes, is added or gets another name', () => {
  const hashes = [hashFiles([folder])];
  write('src/main.ts', 'export { };');
  hashes.push(hashFiles([folder]));
  write('src/other.ts', 'export {};');
  hashes.push(hashFiles([folder]));
  rmSync(path.join(folder, 'src/other.ts'));
  write('src/another.ts', 'export {};');
  hashes.push(hashFiles([folder]));
  expect(new Set(hashes).size).toBe(hashes.length);
});

it('does not build again for tests, outputs and dependencies', () => {
  const before = hashFiles([folder, path.join(folder, 'not-there')]);
  write('src/main.test.ts', 'export {};');
  write('dist/main.js', 'export {};');
  write('node_modules/vite/index.js', 'export {};');
  expect(hashFiles([folder, path.join(folder, 'not-there')])).toBe(before);
});
