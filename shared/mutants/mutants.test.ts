import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { findSimulated } from '../src/sim/index.js';
import { applyEdit } from './edits.js';
import { findMutants, protocolsWithMutants } from './lists.js';
import { simulatorRules } from './mutant.js';

/** How many rules are broken of each at least. */
const counts: { readonly [protocol: string]: number } = {
  raft: 25,
  pbft: 25,
  'best-effort': 6,
  reliable: 10,
  gossip: 10,
  detector: 12,
};
const sources = path.join(import.meta.dirname, '../src');

describe.each(protocolsWithMutants())('the mutants of %s', (name) => {
  const mutants = findMutants(name)?.mutants ?? [];

  test('are enough, each with a name of its own', () => {
    const names = mutants.map((mutant) => mutant.name);
    expect(new Set(names).size).toBeGreaterThanOrEqual(counts[name] ?? 6);
    expect(names).toEqual([...new Set(names)]);
    for (const each of names) expect(each).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });

  test.each(mutants)('$name changes text that stands in the source exactly once', ({ edits }) => {
    expect(edits.length).toBeGreaterThan(0);
    // One after the other, as they are made: a file may be changed in two places.
    const texts = new Map<string, string>();
    for (const edit of edits) {
      const text = texts.get(edit.file) ?? readFileSync(path.join(sources, `${edit.file}.ts`), 'utf8');
      const changed = applyEdit(text, edit);
      expect(changed).not.toBe(text);
      texts.set(edit.file, changed);
    }
  });

  test.each(mutants)('$name is found by rules that there are', ({ foundBy }) => {
    const rules = findSimulated(name)?.createChecker(['node1'], {}).rules ?? [];
    const known = [...rules.map((rule) => rule.name), ...simulatorRules];
    expect(foundBy.length).toBeGreaterThan(0);
    for (const rule of foundBy) expect(known).toContain(rule);
  });
});
