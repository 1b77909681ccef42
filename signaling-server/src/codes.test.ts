import { normaliseRoomCode, RoomCodeSchema } from '@quorate/shared/wire';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { freeCode, randomCode } from './codes.js';
import { firstWords, secondWords } from './words.js';

/** Whether one letter changed, added or removed makes one word of the other. */
function areNeighbours(a: string, b: string): boolean {
  if (a.length > b.length) return areNeighbours(b, a);
  if (b.length - a.length > 1) return false;
  let same = 0;
  while (same < a.length && a[same] === b[same]) same += 1;
  return a.slice(b.length > a.length ? same : same + 1) === b.slice(same + 1);
}

describe('room codes', () => {
  it('pass their own schema, and rarely repeat', () => {
    const codes = Array.from({ length: 200 }, randomCode);
    for (const code of codes) expect(v.is(RoomCodeSchema, code)).toBe(true);
    expect(new Set(codes).size).toBeGreaterThan(195);
  });

  it('a code in use is never handed out', () => {
    const drawn = ['maple-otter-42', 'maple-otter-42', 'cedar-panda-10'];
    const draw = () => drawn.shift() ?? 'none-left-99';
    expect(freeCode((code) => code === 'maple-otter-42', draw)).toBe('cedar-panda-10');
  });

  it.each([
    ['first', firstWords],
    ['second', secondWords],
  ])('the %s list has at least 256 words that are hard to mistake', (_name, words) => {
    expect(words.length).toBeGreaterThanOrEqual(256);
    expect(new Set(words).size).toBe(words.length);
    for (const word of words) expect(word).toMatch(/^[a-z]{3,8}$/);
    const pairs = words.flatMap((a, i) => words.slice(i + 1).map((b) => [a, b] as const));
    expect(pairs.filter(([a, b]) => areNeighbours(a, b))).toEqual([]);
  });

  it('no word is in both lists, so a swapped order is noticed', () => {
    expect(firstWords.filter((word) => secondWords.includes(word))).toEqual([]);
  });

  it('what people type or paste is brought into the form of a code', () => {
    for (const typed of [
      ' Maple Otter 42 ',
      'MAPLE-OTTER-42',
      'maple_otter 42',
      'maple–otter–42',
      'maple - otter - 42',
    ]) {
      expect(normaliseRoomCode(typed)).toBe('maple-otter-42');
    }
  });
});
