import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { overrides } from './members.js';
import { statuses, type Update } from './messages.js';
import { ping, TestDetector } from './testing/index.js';

const verdict = fc.record({
  status: fc.constantFrom(...statuses),
  incarnation: fc.integer({ min: 0, max: 4 }),
});
const update = fc.record({
  node: fc.constantFrom('b', 'c', 'd'),
  status: fc.constantFrom(...statuses),
  incarnation: fc.integer({ min: 1, max: 4 }),
});

/** What `a` holds of the others when `e` has told it this. */
function told(updates: readonly Update[]): string[] {
  const node = TestDetector.begun(['b', 'c', 'd', 'e']);
  node.answering.clear();
  for (const one of updates) node.hear('e', ping(0, { updates: [one] }));
  return ['b', 'c', 'd'].map((other) => node.verdict(other));
}

describe('verdicts (SWIM 4.2)', () => {
  it.each([
    ['suspect 3', 'alive 3', true],
    ['suspect 3', 'alive 4', false],
    ['alive 3', 'suspect 3', false],
    ['alive 4', 'suspect 3', true],
    ['confirmed 3', 'suspect 3', true],
    ['suspect 4', 'suspect 3', true],
    // Beyond the paper: the same node is back.
    ['alive 4', 'confirmed 3', true],
    ['alive 3', 'confirmed 3', false],
  ])('%s overrides %s: %s', (news, known, expected) => {
    const read = (text: string) => {
      const [status, incarnation] = text.split(' ');
      return { status: status as (typeof statuses)[number], incarnation: Number(incarnation) };
    };
    expect(overrides(read(news), read(known))).toBe(expected);
  });

  it('are in one order: of two different ones exactly one overrides the other', () => {
    fc.assert(
      fc.property(verdict, verdict, (one, other) => {
        const isSame = one.status === other.status && one.incarnation === other.incarnation;
        expect(Number(overrides(one, other)) + Number(overrides(other, one))).toBe(isSame ? 0 : 1);
      }),
    );
  });

  it('come to the same in whatever order, and however often, they are told', () => {
    const shuffled = fc
      .array(update, { maxLength: 8 })
      .chain((updates) =>
        fc.tuple(
          fc.constant(updates),
          fc.shuffledSubarray([...updates, ...updates], { minLength: 2 * updates.length }),
        ),
      );
    fc.assert(
      fc.property(shuffled, ([updates, again]) => {
        expect(told(again)).toEqual(told(updates));
      }),
      { numRuns: 50 },
    );
  });
});

describe('members', () => {
  it('are those that the run begins with, and all who speak or are spoken of', () => {
    const node = TestDetector.begun(['b']);
    node.hear('c', ping(0, { updates: [{ node: 'd', status: 'alive', incarnation: 2 }] }));
    expect(['b', 'c', 'd'].map((other) => node.verdict(other))).toEqual(['alive 1', 'alive 1', 'alive 2']);
  });

  it('do not become those who are spoken of as dead', () => {
    const node = TestDetector.begun(['b']);
    node.hear('b', ping(0, { updates: [{ node: 'd', status: 'confirmed', incarnation: 2 }] }));
    expect(node.verdict('d')).toBe('unknown');
  });

  it('are bounded, whoever is invented', () => {
    const node = TestDetector.begun(['b']);
    for (let i = 0; i < 400; i++) {
      node.hear('b', ping(0, { updates: [{ node: `x${i}`, status: 'alive', incarnation: 1 }] }));
    }
    expect(Object.keys(node.state.members)).toHaveLength(256);
    expect(Object.keys(node.state.watches)).toHaveLength(11);
  });
});
