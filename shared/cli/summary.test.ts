import { describe, expect, test } from 'vitest';
import type { SeedReport, SeedVerdict } from '../src/sim/index.js';
import { Summary } from './summary.js';

function report(verdict: SeedVerdict): SeedReport {
  return {
    seed: 1,
    verdict,
    rule: null,
    fall: null,
    why: '',
    steps: 4_000,
    virtualMs: 10_000,
    faultyMs: 9_000,
    operations: 80,
    acknowledged: 30,
    schedule: [],
    liars: {},
    changes: 0,
    hash: '',
  };
}

function summaryOf(...verdicts: SeedVerdict[]): Summary {
  const summary = new Summary();
  for (const verdict of verdicts) summary.add(report(verdict));
  return summary;
}

describe('the summary of a batch of seeds', () => {
  test('adds up what all of them came to', () => {
    expect(summaryOf('clean', 'clean').text(2, 1)).toBe(
      '2 seeds: 2 clean, 0 violated, 0 undecided; 8000 steps, 4000 a second, 60 writes acknowledged, ' +
        '20 s of virtual time in 2.0 s',
    );
  });

  test('tells steps for each thread', () => {
    expect(summaryOf('clean', 'clean').text(2, 2)).toContain('2000 a second on each of 2 threads');
  });

  test('counts runs of too few nodes by themselves: neither clean nor bad', () => {
    const summary = summaryOf('clean', 'too-few-nodes');
    expect(summary.text(1, 1)).toContain(
      '1 clean, 0 violated, 0 undecided, 1 safe with too few nodes for progress;',
    );
    expect(summary.isGood).toBe(true);
  });

  test('counts runs of clocks beyond the bound by themselves, and those of them that read what was stale', () => {
    const summary = summaryOf('clean', 'beyond-clock-bound');
    summary.add({ ...report('beyond-clock-bound'), rule: 'linearizability' });
    expect(summary.text(1, 1)).toContain(
      '1 clean, 0 violated, 0 undecided, 2 with clocks beyond the bound, 1 of them with stale reads;',
    );
    expect(summary.isGood).toBe(true);
  });

  test('counts runs with too many liars by themselves, and those of them in which a rule fell', () => {
    const summary = summaryOf('clean', 'too-many-liars');
    summary.add({ ...report('too-many-liars'), rule: 'agreement' });
    expect(summary.text(1, 1)).toContain(
      '1 clean, 0 violated, 0 undecided, 2 with too many liars, 1 of them with a rule that fell;',
    );
    expect(summary.isGood).toBe(true);
  });

  test('is bad with a rule that fell, and with a history that nobody could decide', () => {
    expect(summaryOf('clean', 'violated').isGood).toBe(false);
    expect(summaryOf('clean', 'undecided').isGood).toBe(false);
  });
});
