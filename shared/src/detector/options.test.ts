import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { seedRandom } from '../core/index.js';
import { drawDetectorOptions } from './draw-options.js';
import { parseDetectorOptions } from './options.js';

const defaults = parseDetectorOptions({}) as { readonly [name: string]: number };

describe('options of the detector', () => {
  it.each([
    [{ heartbeat: 5 }, 'no option "heartbeat"'],
    [{ heartbeatMs: 0 }, 'heartbeatMs must be a whole number from 10 to 60000'],
    [{ heartbeatMs: 2_000 }, 'intervalMaxMs must be at least twice heartbeatMs'],
    [{ probePhiTenths: 90 }, 'probePhiTenths must not be above suspectPhiTenths'],
    [[], 'Options must be an object'],
  ])('%j is refused: %s', (given, message) => {
    expect(() => parseDetectorOptions(given)).toThrow(message);
  });

  it('have other defaults where the protocol above says so', () => {
    const own = { watchedMax: 3, rotateMs: 9_000 };
    expect(parseDetectorOptions({ watchedMax: 4 }, own)).toEqual({
      ...defaults,
      watchedMax: 4,
      rotateMs: 9_000,
    });
    expect(parseDetectorOptions(null, own)).toEqual({ ...defaults, ...own });
  });

  it('are listed in the README, each with its default and range', () => {
    const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');
    for (const [name, value] of Object.entries(defaults)) {
      const row = readme.split('\n').find((line) => line.startsWith(`| \`${name}\` | ${value} |`));
      const [min, max] = (row?.split('|')[3] ?? '').split(' to ').map(Number);
      expect(row, name).toBeDefined();
      for (const beyond of [Number(min) - 1, Number(max) + 1]) {
        expect(() => parseDetectorOptions({ [name]: beyond })).toThrow(`from ${min} to ${max}`);
      }
    }
  });

  it('drawn for a seed are options that may be given', () => {
    for (let seed = 0; seed < 200; seed++) {
      const drawn = drawDetectorOptions(seedRandom(seed));
      expect(parseDetectorOptions(drawn)).toEqual(drawn);
    }
  });
});
