import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findInstalled, isInstalled, requireNode } from './setup.mjs';

describe('looking for a browser', () => {
  let folder = '';

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'quorate-path-'));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /**
   * Puts a program that ends with the given code into a folder of the fake PATH.
   * @param {string} name such as `a/chromium`
   * @param {number} exitCode
   */
  function program(name, exitCode = 0) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `#!/bin/sh\nexit ${exitCode}\n`);
    chmodSync(file, 0o755);
    return file;
  }

  /** @param {readonly string[]} parts */
  const pathOf = (...parts) => parts.map((part) => path.join(folder, part)).join(path.delimiter);

  it('takes the one that QUORATE_CHROMIUM names before any other', async () => {
    program('bin/chromium');
    const named = program('elsewhere/my-chromium');
    expect(await findInstalled({ PATH: pathOf('bin'), QUORATE_CHROMIUM: named })).toBe(named);
  });

  it('refuses one named by QUORATE_CHROMIUM that does not run, rather than taking another', async () => {
    program('bin/chromium');
    const missing = path.join(folder, 'missing');
    await expect(findInstalled({ PATH: pathOf('bin'), QUORATE_CHROMIUM: missing })).rejects.toThrow(
      'does not run',
    );
  });

  it('prefers chromium, then chromium-browser, then google-chrome, wherever on the PATH they are', async () => {
    const stable = program('a/google-chrome-stable');
    const PATH = pathOf('a', 'b', 'c');
    expect(await findInstalled({ PATH })).toBe(stable);
    const chrome = program('c/google-chrome');
    expect(await findInstalled({ PATH })).toBe(chrome);
    const chromiumBrowser = program('b/chromium-browser');
    expect(await findInstalled({ PATH })).toBe(chromiumBrowser);
    const chromium = program('c/chromium');
    expect(await findInstalled({ PATH })).toBe(chromium);
  });

  it('passes over a script that only says how to install the browser', async () => {
    program('a/chromium-browser', 1);
    const chrome = program('a/google-chrome');
    expect(await findInstalled({ PATH: pathOf('a') })).toBe(chrome);
  });

  it('finds nothing on an empty PATH', async () => {
    expect(await findInstalled({ PATH: '' })).toBeUndefined();
    expect(await findInstalled({})).toBeUndefined();
  });
});

describe('the version of Node', () => {
  it.each(['v20.19.0', 'v20.20.2', 'v22.1.0', 'v100.0.0'])('%s will do', (version) => {
    expect(() => requireNode(version)).not.toThrow();
  });

  it.each(['v18.20.4', 'v20.18.3', 'v9.0.0'])('%s is refused in one line', (version) => {
    expect(() => requireNode(version)).toThrow(/^Quorate needs Node 20\.19 or newer, this is v[\d.]+: .*$/);
  });
});

describe('whether the dependencies are installed', () => {
  const wanted = {
    packages: {
      '': {},
      shared: { version: '0.1.0' },
      'node_modules/@quorate/shared': { link: true },
      'node_modules/vite': { version: '8.3.8', integrity: 'sha512-a' },
      'node_modules/fsevents': { version: '2.3.3', integrity: 'sha512-b', optional: true },
    },
  };
  const shared = { 'node_modules/@quorate/shared': { link: true } };

  it('knows a complete installation, without the optional packages of other platforms', () => {
    const packages = { ...shared, 'node_modules/vite': { version: '8.3.8', integrity: 'sha512-a' } };
    expect(isInstalled(wanted, { packages })).toBe(true);
  });

  it.each([
    ['there is none', undefined],
    ['a package is missing', { packages: shared }],
    ['a package has another version', { packages: { ...shared, 'node_modules/vite': { version: '8.3.7' } } }],
    [
      'a package has other contents',
      { packages: { ...shared, 'node_modules/vite': { version: '8.3.8', integrity: 'sha512-x' } } },
    ],
  ])('knows that %s', (_what, installed) => {
    expect(isInstalled(wanted, installed)).toBe(false);
  });
});
