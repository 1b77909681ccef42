import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './process.mjs';

// A small copy of the repository, so that what is wrong on purpose never lies in the real one.
let copy = '';

beforeAll(() => {
  copy = mkdtempSync(path.join(os.tmpdir(), 'quorate-lint-'));
  mkdirSync(path.join(copy, '.tools'));
  for (const file of ['.biome.json', '.gitignore', '.tools/no-async.grit']) {
    cpSync(path.join(root, file), path.join(copy, file));
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'), 'dir');
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

/**
 * Lints the given files together; answers with the rules that each breaks.
 * @param {Readonly<Record<string, string>>} files path → content
 * @returns {Map<string, Set<string>>}
 */
function lint(files) {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
    writeFileSync(path.join(copy, file), content);
  }
  const biome = path.join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const args = [biome, 'lint', '--reporter=json', '--max-diagnostics=none', ...Object.keys(files)];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8' });
  if (!stdout.startsWith('{')) throw new Error(`Biome gave no report: ${stderr}`);
  /** @type {{ diagnostics: { category: string, severity: string, location: { path: string } }[] }} */
  const report = JSON.parse(stdout);
  /** @type {Map<string, Set<string>>} */
  const broken = new Map(Object.keys(files).map((file) => [file, new Set()]));
  for (const { category, severity, location } of report.diagnostics) {
    if (severity === 'error') broken.get(location.path)?.add(category);
  }
  return broken;
}

const global = 'lint/style/noRestrictedGlobals';
const property = 'lint/nursery/noJsRestrictedProperties';

/** @type {readonly (readonly [what: string, rule: string, code: string])[]} */
const forbidden = [
  ['Date.now', global, 'export const at = Date.now();'],
  ['new Date', global, 'export const at = new Date();'],
  ['a clock taken from globalThis', global, 'export const at = globalThis.Date;'],
  ['performance', global, 'export const at = performance.now();'],
  ['setTimeout', global, 'setTimeout(() => 1, 1);'],
  ['setInterval', global, 'setInterval(() => 1, 1);'],
  ['queueMicrotask', global, 'queueMicrotask(() => 1);'],
  ['a new Promise', global, 'export const later = new Promise((resolve) => resolve(1));'],
  ['the type Promise', global, 'export type Later = Promise<number>;'],
  ['crypto', global, 'export const id = crypto.randomUUID();'],
  ['Math.random', property, 'export const dice = Math.random();'],
  ["Math['random']", property, "export const dice = Math['random']();"],
  ['random taken out of Math', property, 'export const { random } = Math;'],
  ['an async arrow function', 'plugin', 'export const f = async () => 1;'],
  ['an async function', 'plugin', 'export async function f() { return 1; }'],
  ['an async function expression', 'plugin', 'export const f = [async function () { return 1; }];'],
  ['an async generator', 'plugin', 'export async function* f() { yield 1; }'],
  ['an async method', 'plugin', 'export class F { private static async f() { return 1; } g = F.f; }'],
  ['an async method of an object', 'plugin', 'export const f = { async f() { return 1; } };'],
  ['await', 'plugin', 'export const f = await import("./other.js");'],
];

const pureFolders = ['core', 'store', 'broadcast', 'detector', 'consensus/raft'];

describe('the lint of the pure folders', () => {
  it.each(pureFolders)('refuses clocks, randomness, timers and waiting in shared/src/%s', (folder) => {
    const files = forbidden.map(([, , code], i) => [`shared/src/${folder}/wrong-${i}.ts`, code]);
    const broken = lint(Object.fromEntries(files));
    const missed = forbidden.filter(
      ([, rule], i) => !broken.get(`shared/src/${folder}/wrong-${i}.ts`)?.has(rule),
    );
    expect(missed.map(([what]) => what)).toEqual([]);
  });

  it('lets plain functions pass, whatever they are called', () => {
    const code = `
      export function asyncLike(dateNow: number) { return { plain() { return dateNow; } }; }
      export const asyncReader = () => Math.max(1, 2);
      export class Reader { async = 1; read() { return this.async; } }
    `;
    expect(lint({ 'shared/src/core/right.ts': code }).get('shared/src/core/right.ts')).toEqual(new Set());
  });

  it('leaves the tests beside them and the other folders alone', () => {
    const code = 'export const at = async () => [Date.now(), Math.random(), await Promise.resolve(1)];';
    const files = { 'shared/src/core/some.test.ts': code, 'client/src/node/some.ts': code };
    const broken = lint(files);
    for (const file of Object.keys(files)) {
      expect(
        [...(broken.get(file) ?? [])].filter((rule) => [global, property, 'plugin'].includes(rule)),
      ).toEqual([]);
    }
  });
});

describe('the lint of all code', () => {
  it.each([
    ['suspicious/noExplicitAny', 'export const a = (x: any) => x;'],
    ['style/noNonNullAssertion', 'export const a = (x: number[]) => x[0]!;'],
    ['style/noEnum', 'export enum Role { Leader }'],
    ['suspicious/noTsIgnore', '// @ts-ignore\nexport const a = 1;'],
    ['suspicious/noEmptyBlockStatements', 'export const a = (f: () => void) => { try { f(); } catch {} };'],
    ['nursery/noFloatingPromises', 'async function f() { return 1; }\nexport const a = () => { f(); };'],
    ['complexity/noExcessiveLinesPerFunction', `export function a() {${'\n  a();'.repeat(71)}\n}`],
    ['style/noExcessiveLinesPerFile', 'export {};\n'.repeat(501)],
  ])('refuses what %s forbids', (rule, code) => {
    expect(lint({ 'client/src/wrong.ts': code }).get('client/src/wrong.ts')).toContain(`lint/${rule}`);
  });

  it.each([
    ['suspicious/noFocusedTests', "it.only('a', () => expect(1).toBe(1));"],
    ['suspicious/noFocusedTests', "describe.only('a', () => it('b', () => expect(1).toBe(1)));"],
    ['suspicious/noSkippedTests', "it.skip('a', () => expect(1).toBe(1));"],
    ['suspicious/noSkippedTests', "test.skip('a', () => expect(1).toBe(1));"],
    ['suspicious/noSkippedTests', "describe.skip('a', () => it('b', () => expect(1).toBe(1)));"],
  ])('refuses what %s forbids: %s', (rule, code) => {
    expect(lint({ 'e2e/wrong.test.ts': code }).get('e2e/wrong.test.ts')).toContain(`lint/${rule}`);
  });

  it('refuses modules that import each other in a circle', () => {
    const broken = lint({
      'client/src/egg.ts': "import { hen } from './hen.js';\nexport const egg = () => hen;\n",
      'client/src/hen.ts': "import { egg } from './egg.js';\nexport const hen = () => egg;\n",
    });
    expect(broken.get('client/src/egg.ts')).toContain('lint/suspicious/noImportCycles');
  });
});
