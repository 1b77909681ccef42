import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './process.mjs';

/** @param {string} file */
const read = (file) => readFileSync(path.join(root, file), 'utf8');

/** @type {{ workspaces: string[] }} */
const { workspaces } = JSON.parse(read('package.json'));

/**
 * The packages that each workspace asks for; our own are left out.
 * @returns {Map<string, string[]>} package → workspaces, in their order; `tools` is the root
 */
function directDependencies() {
  /** @type {Map<string, string[]>} */
  const users = new Map();
  for (const workspace of [...workspaces, '.']) {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(read(`${workspace}/package.json`));
    for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
      if (name.startsWith('@quorate/')) continue;
      users.set(name, [...(users.get(name) ?? []), workspace === '.' ? 'tools' : workspace]);
    }
  }
  return users;
}

describe('docs/dependencies.md', () => {
  const rows = read('docs/dependencies.md')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter(([, name]) => name?.startsWith('`'))
    .map(([, name = '', where = '', reason = '']) => ({ name: name.replaceAll('`', ''), where, reason }));

  it('lists every direct dependency where it is used, and no other', () => {
    const listed = rows.map(({ name, where }) => `${name}: ${where}`);
    const used = [...directDependencies()].map(([name, where]) => `${name}: ${where.join(', ')}`);
    expect(listed.sort()).toEqual(used.sort());
  });

  it('gives a reason for each', () => {
    expect(rows.filter(({ reason }) => reason.length < 10)).toEqual([]);
  });
});

describe('package-lock.json', () => {
  /**
   * @type {{ packages: Record<string, {
   *   resolved?: string, link?: boolean, integrity?: string, optionalDependencies?: Record<string, string>
   * }> }}
   */
  const { packages } = JSON.parse(read('package-lock.json'));

  it('contains no download addresses, so that every registry will do', () => {
    const addressed = Object.entries(packages).filter(([, { resolved }]) => resolved?.includes('://'));
    expect(addressed.map(([where]) => where)).toEqual([]);
  });

  it('pins the contents of every package', () => {
    const installed = Object.entries(packages).filter(
      ([where, { link }]) => where.includes('node_modules/') && !link,
    );
    expect(installed.length).toBeGreaterThan(0);
    expect(installed.filter(([, { integrity }]) => !integrity).map(([where]) => where)).toEqual([]);
  });

  it('knows the packages of every platform, without which npm ci refuses it', () => {
    const names = new Set(Object.keys(packages).map((where) => where.split('node_modules/').at(-1)));
    const wanted = Object.values(packages).flatMap(({ optionalDependencies = {} }) =>
      Object.keys(optionalDependencies),
    );
    expect(wanted.length).toBeGreaterThan(0);
    expect(wanted.filter((name) => !names.has(name))).toEqual([]);
  });

  it('knows the workspaces as they are', () => {
    for (const workspace of ['', ...workspaces]) {
      const { dependencies, devDependencies } = JSON.parse(read(path.join(workspace, 'package.json')));
      expect(packages[workspace]).toMatchObject({
        ...(dependencies && { dependencies }),
        ...(devDependencies && { devDependencies }),
      });
    }
  });
});
