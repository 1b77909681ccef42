import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { findProtocol } from '../src/registry.js';

/** Where each protocol's README is. */
const folders = [
  ['raft', 'consensus/raft'],
  ['pbft', 'consensus/pbft'],
  ['best-effort', 'broadcast/best-effort'],
  ['reliable', 'broadcast/reliable'],
  ['gossip', 'broadcast/gossip'],
] as const;

describe.each(folders)('the README of %s', (protocolName, folder) => {
  const protocol = findProtocol(protocolName);
  if (protocol === null) throw new Error(`there is no ${protocolName}`);
  const { parseOptions } = protocol;
  const defaults = parseOptions({}) as { readonly [name: string]: unknown };
  const rows = documented(folder, defaults);

  test('lists every option with its default', () => {
    const listed = Object.fromEntries(rows.map(({ name, byDefault }) => [name, byDefault]));
    // Options of what a protocol stands on are listed in a README of their own.
    const known = Object.entries(defaults).map(([name, value]) => [
      name,
      typeof value === 'object' ? '' : String(value),
    ]);
    expect(listed).toEqual(Object.fromEntries(known));
  });

  test.each(rows.filter(({ range }) => range !== ''))('$name reaches from $range', ({ name, range }) => {
    const [min, max] = range.split(' to ').map(Number);
    const refusal = `${name} must be a whole number from ${range}.`;
    for (const beyond of [Number(min) - 1, Number(max) + 1])
      expect(() => parseOptions({ [name]: beyond })).toThrow(refusal);
  });
});

type Row = { readonly name: string; readonly byDefault: string; readonly range: string };

/** The table of options in a README. */
function documented(folder: string, defaults: { readonly [name: string]: unknown }): Row[] {
  const readme = new URL(`../src/${folder}/README.md`, import.meta.url);
  return readFileSync(readme, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, name = '', byDefault = '', range = ''] = line.split('|').map((cell) => cell.trim());
      const option = name.replaceAll('`', '');
      return option in defaults ? [{ name: option, byDefault, range }] : [];
    });
}
