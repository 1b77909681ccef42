import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isQuorum, reachedByQuorum } from './configuration.js';

const nodes = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7'];
const some = fc.subarray(nodes, { minLength: 1 });
const configurations = fc.record({
  voters: some,
  incoming: fc.option(some),
  learners: fc.subarray(nodes),
});
const valuesOf = fc.array(fc.nat(6), { minLength: nodes.length, maxLength: nodes.length });

describe('quorums of a configuration', () => {
  it('any two have a voter in common, on each side of a joint one', () => {
    fc.assert(
      fc.property(configurations, fc.subarray(nodes), fc.subarray(nodes), (configuration, a, b) => {
        const isOne = (set: readonly string[]): boolean =>
          isQuorum(configuration, (node) => set.includes(node));
        fc.pre(isOne(a) && isOne(b));
        for (const side of [configuration.voters, configuration.incoming ?? configuration.voters]) {
          expect(side.some((node) => a.includes(node) && b.includes(node))).toBe(true);
        }
      }),
    );
  });

  it('what one has reached is the largest value that a quorum is at or above, learners aside', () => {
    fc.assert(
      fc.property(configurations, valuesOf, (configuration, values) => {
        const valueAt = (node: string): number => values[nodes.indexOf(node)] ?? 0;
        const reached = reachedByQuorum(configuration, valueAt);
        expect(isQuorum(configuration, (node) => valueAt(node) >= reached)).toBe(true);
        expect(isQuorum(configuration, (node) => valueAt(node) > reached)).toBe(false);
      }),
    );
  });
});
