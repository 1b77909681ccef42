import { describe, expect, it } from 'vitest';
import { en } from './en.js';
import { josa } from './josa.js';
import { ko } from './ko.js';
import { notesEn } from './notes.en.js';
import { notesKo } from './notes.ko.js';
import { isolated, pieces } from './sentence.js';

/** Every path to a string or function. */
function paths(value: unknown, at = ''): readonly string[] {
  if (typeof value !== 'object' || value === null) return [at];
  return Object.entries(value).flatMap(([key, each]) => paths(each, `${at}/${key}`));
}

describe('the strings', () => {
  it('have the same keys in every language, tables open to any code included', () => {
    expect(paths(ko)).toEqual(paths(en));
    expect(Object.keys(notesKo)).toEqual(Object.keys(notesEn));
  });

  it('set the names in a sentence apart, whatever script they are in', () => {
    const name = (id: string): string => isolated(id === 'b' ? '민지 Minji' : id);
    const sentence = notesEn['vote-granted'](isolated('Ada'), { to: 'b', term: 7 }, name);
    expect(pieces(sentence)).toEqual([
      { text: 'Ada', strong: true },
      { text: ' voted for ', strong: false },
      { text: '민지 Minji', strong: true },
      { text: ' in term 7.', strong: false },
    ]);
  });

  it('name whom a refusal is about, and all who refuse', () => {
    const data = { to: 'c', term: 7, reason: 'log-shorter', nodes: 'a b' };
    expect(notesEn['pre-vote-refused']('a', data, (id) => id)).toBe(
      'a and b would not vote for c: the log of c is shorter.',
    );
    expect(notesKo['pre-vote-refused']('a', data, (id) => id)).toContain('c의 로그가 더 짧습니다');
  });

  it('take the Korean particle that fits the name', () => {
    expect(josa('민지', '이/가')).toBe('민지가');
    expect(josa('하준', '이/가')).toBe('하준이');
    expect(josa(isolated('Jun'), '은/는')).toBe(`${isolated('Jun')}은`);
    expect(josa('Ada', '을/를')).toBe('Ada를');
  });
});
