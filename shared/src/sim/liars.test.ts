import { describe, expect, test } from 'vitest';
import { strategies } from '../faults/index.js';
import { findProtocol } from '../registry.js';
import { faultKinds } from './fault-kinds.js';
import type { Liars } from './liars.js';
import { runSeed, type SeedReport } from './run-seed.js';

const found = findProtocol('pbft');
if (found === null) throw new Error('there is PBFT');
const protocol = {
  ...found,
  drawOptions: () =>
    found.parseOptions({
      checkpointInterval: 4,
      window: 8,
      requestsPerBatchMax: 4,
      viewTimeoutMs: 200,
      viewTimeoutMaxMs: 800,
      statusMs: 50,
      retryMinMs: 100,
      retryMaxMs: 500,
    }),
};
const steps = 1_200;

function liarsOf(strategy: (typeof strategies)[number], ...club: readonly string[]): Liars {
  return new Map(club.map((node) => [node, { strategy, plan: 3, club }]));
}

function run(nodes: number, seed: number, liars: Liars, isCalm = true): SeedReport {
  const harmless = faultKinds.filter((kind) => !['lost-disks', 'left-down', 'liars'].includes(kind));
  return runSeed({ protocol, nodes, seed, steps, faults: new Set(isCalm ? [] : harmless), liars });
}

describe('with f liars', () => {
  test.each(strategies)(
    'who are %s no rule falls, what clients saw is linearizable, and the others go on',
    (strategy) => {
      // The primary of the first view lies, and somebody who is none.
      for (const liar of ['node1', 'node3']) {
        const { verdict, why, acknowledged } = run(4, 1, liarsOf(strategy, liar));
        expect({ verdict, why }).toEqual({ verdict: 'clean', why: '' });
        expect(acknowledged).toBeGreaterThan(0);
      }
    },
  );

  test('of seven, two of whom collude, under every other fault as well', () => {
    for (const seed of [1, 2]) {
      const { verdict, why } = run(7, seed, liarsOf('colluding', 'node1', 'node4'), false);
      expect({ verdict, why }).toEqual({ verdict: 'clean', why: '' });
    }
  });

  test('a run is repeated to the letter', () => {
    const hash = (): string => run(4, 9, liarsOf('random', 'node2'), false).hash;
    expect(hash()).toBe(hash());
  });
});

describe('with f + 1 liars who collude', () => {
  test('honest replicas are led to disagree, which is told as expected, with the rule that fell', () => {
    const { verdict, rule, fall } = run(4, 1, liarsOf('colluding', 'node1', 'node2'));
    expect(verdict).toBe('too-many-liars');
    expect(['one-prepared', 'committed-survives', 'agreement']).toContain(rule);
    expect(['node3', 'node4']).toContain(fall?.node);
  });

  test('they bring about a view whose primary is theirs, where the first is honest', () => {
    const { rule, why } = run(4, 1, liarsOf('colluding', 'node2', 'node3'));
    expect(rule).toBe('one-prepared');
    expect(why).toMatch(/in view [1-9]/);
  });
});

describe('one liar in a protocol that bears none', () => {
  const raft = findProtocol('raft');
  test.each([
    ['raft', 'equivocating'],
    ['raft', 'lie-to-clients'],
    ['raft', 'corrupt-digest'],
  ] as const)('%s: who is %s is enough for a rule to fall, and it is told as expected', (_name, strategy) => {
    if (raft === null) throw new Error('there is Raft');
    const fallen = [1, 2, 3, 4, 5, 6].flatMap((seed) => {
      const liars = liarsOf(strategy, 'node1');
      const report = runSeed({ protocol: raft, nodes: 3, seed, steps, faults: new Set(), liars });
      expect(report.verdict).toBe('too-many-liars');
      return report.rule ?? [];
    });
    expect(fallen.length).toBeGreaterThan(0);
  });
});
