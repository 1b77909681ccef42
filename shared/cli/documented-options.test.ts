import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { findProtocol } from '../src/registry.js';

const raft = findProtocol('raft');
if (raft === null) throw new Error('there is no Raft');
const { parseOptions } = raft;
const defaults = parseOptions({}) as { readonly [name: string]: unknown };

type Row = { readonly name: string; readonly byDefault: string; readonly range: string };

/** The table of options in Raft's README. */
function documented(): Row[] {
  const readme = new URL('../src/consensus/raft/README.md', import.meta.url);
  return readFileSync(readme, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, name = '', byDefault = '', range = ''] = line.split('|').map((cell) => cell.trim());
      const option = name.replaceAll('`', '');
      return option in defaults ? [{ name: option, byDefault, range }] : [];
    });
}

test('the README lists every option of Raft with its default', () => {
  const listed = Object.fromEntries(documented().map(({ name, byDefault }) => [name, byDefault]));
  const known = Object.entries(defaults).map(([name, value]) => [name, String(value)]);
  expect(listed).toEqual(Object.fromEntries(known));
});

test.each(documented().filter(({ range }) => range !== ''))(
  '$name reaches from $range',
  ({ name, range }) => {
    const [min, max] = range.split(' to ').map(Number);
    const refusal = `${name} must be a whole number from ${range}.`;
    for (const beyond of [Number(min) - 1, Number(max) + 1])
      expect(() => parseOptions({ [name]: beyond })).toThrow(refusal);
  },
);
