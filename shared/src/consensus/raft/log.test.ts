import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as logs from './log.js';
import { command } from './testing/index.js';

type Act =
  | { readonly kind: 'append'; readonly rise: number }
  | { readonly kind: 'truncate' | 'compact'; readonly share: number };

const acts: fc.Arbitrary<readonly Act[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('append' as const), rise: fc.nat(2) }) },
    fc.record({
      kind: fc.constantFrom('truncate' as const, 'compact' as const),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  ),
  { maxLength: 60 },
);

/** The same log as a plain list of all its terms, whatever has been compacted. */
function run(all: readonly Act[]): { readonly log: logs.Log; readonly terms: readonly number[] } {
  const log = logs.createLog();
  const terms: number[] = [];
  for (const act of all) {
    const span = terms.length - log.offset;
    if (act.kind === 'append') {
      terms.push((terms.at(-1) ?? 1) + Math.max(0, act.rise - 1));
      logs.append(log, command(terms.at(-1) ?? 1));
    } else if (span > 0) {
      const index = log.offset + 1 + Math.floor(act.share * (span - 1));
      if (act.kind === 'compact') logs.compactTo(log, index);
      else {
        logs.truncateFrom(log, index);
        terms.length = index - 1;
      }
    }
  }
  return { log, terms };
}

describe('the log', () => {
  it('agrees with a plain list about every term, whatever was appended, cut and compacted', () => {
    fc.assert(
      fc.property(acts, (all) => {
        const { log, terms } = run(all);
        expect(logs.lastIndex(log)).toBe(terms.length);
        expect(logs.lastTerm(log)).toBe(terms.at(-1) ?? 0);
        expect(logs.termAt(log, terms.length + 1)).toBeNull();
        for (let index = log.offset + 1; index <= terms.length; index++) {
          expect(logs.termAt(log, index)).toBe(terms[index - 1]);
        }
      }),
    );
  });

  it('knows where each run of equal terms begins and ends', () => {
    fc.assert(
      fc.property(acts, (all) => {
        const { log, terms } = run(all);
        const expected: [number, number][] = [];
        for (let index = log.offset + 1; index <= terms.length; index++) {
          const term = terms[index - 1] ?? 0;
          if (expected.at(-1)?.[1] !== term) expected.push([index, term]);
        }
        expect(log.runs).toEqual(expected);
        for (const [first, term] of expected) {
          const last = terms.lastIndexOf(term) + 1;
          expect(logs.lastIndexOfTerm(log, term, terms.length)).toBe(last);
          expect(logs.firstIndexOfTermAt(log, last)).toBe(first);
        }
        expect(logs.lastIndexOfTerm(log, (terms.at(-1) ?? 0) + 1, terms.length)).toBeNull();
      }),
    );
  });

  it('cuts what goes into one message at both limits, and never sends nothing where there is something', () => {
    const log = logs.createLog();
    for (let i = 0; i < 10; i++) logs.append(log, command(1, 'x'.repeat(100)));
    expect(logs.sliceFrom(log, 1, 3, 1e6).entries).toHaveLength(3);
    expect(logs.sliceFrom(log, 1, 100, 300).entries).toHaveLength(2);
    expect(logs.sliceFrom(log, 10, 100, 1).entries).toHaveLength(1);
    expect(logs.sliceFrom(log, 11, 100, 1e6).entries).toHaveLength(0);
  });

  it('refuses terms that fall and indexes that it does not have', () => {
    const log = logs.createLog();
    logs.append(log, command(3));
    expect(() => logs.append(log, command(2))).toThrow('terms never fall along a log');
    expect(() => logs.truncateFrom(log, 2)).toThrow();
    expect(() => logs.compactTo(log, 2)).toThrow();
    expect(() => logs.entryAt(log, 2)).toThrow();
  });
});
