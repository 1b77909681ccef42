import type { TraceEvent } from '@quorate/shared/trace';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isProof, type Proof, Proofs } from './proofs.js';

function proof(number: number, change: Partial<Pick<TraceEvent, 'node' | 'life' | 'run'>> = {}): Proof {
  const at = { seq: number, count: number, clock: number, atMs: number, wallMs: number };
  const where = { node: 'n1', life: 1, run: 'r', instance: 'server', ...at, ...change };
  return { type: 'applied', first: number, last: number, digest: `d${number}`, proof: number, ...where };
}

const upTo = (last: number): Proof[] => Array.from({ length: last }, (_, i) => proof(i + 1));

function made() {
  const clock = { nowMs: 0 };
  return { clock, proofs: new Proofs(() => clock.nowMs) };
}

const numbers = (events: readonly Proof[]): number[] => events.map((event) => event.proof);

describe('proofs', () => {
  test('are told in their order, and once, in whatever order and how often they come', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.array(fc.nat(59)), fc.nat(), (last, repeats, seed) => {
        const { proofs } = made();
        const sent = [...upTo(last), ...repeats.filter((i) => i < last).map((i) => proof(i + 1))];
        // A permutation by a linear congruence, which shrinks better than one by indices.
        const order = sent.map((event, i) => ({ event, place: ((i + 1) * (seed + 7919)) % 104_729 }));
        order.sort((a, b) => a.place - b.place);
        const told = order.flatMap(({ event }) => proofs.take(event));
        expect(numbers(told)).toEqual(numbers(upTo(last)));
        expect(proofs.lacks('r')).toBe(false);
      }),
    );
  });

  test('wait for what came before them, in their own track alone', () => {
    const { proofs } = made();
    expect(proofs.take(proof(2))).toEqual([]);
    expect(numbers(proofs.take(proof(1, { node: 'n2' })))).toEqual([1]);
    expect(numbers(proofs.take(proof(1, { life: 2 })))).toEqual([1]);
    expect(proofs.lacks('r')).toBe(true);
    expect(proofs.lacks('another run')).toBe(false);
    expect(numbers(proofs.take(proof(1)))).toEqual([1, 2]);
    expect(proofs.has('r')).toEqual([
      ['n2', 1, 2, 1],
      ['n1', 2, 2, 1],
      ['n1', 1, 3, 2],
    ]);
  });

  test('are given to others from where these have them, so many at a time, and never what another run told', () => {
    const { proofs } = made();
    for (const event of upTo(5)) proofs.take(event);
    proofs.take(proof(1, { run: 's' }));
    proofs.take(proof(1, { node: 'n2' }));
    const { events, more } = proofs.beyond('r', [['n1', 1, 3, 2]], 10);
    expect(events.map((event) => `${event.node} ${event.proof}`)).toEqual(['n1 3', 'n1 4', 'n1 5', 'n2 1']);
    expect(more).toBe(false);
    expect(proofs.beyond('r', [], 2)).toEqual({ events: upTo(2), more: true });
    expect(proofs.beyond('r', [['n1', 1, 99, 98]], 10).events.map(({ node }) => node)).toEqual(['n2']);
  });

  test('that are missing are given up once every neighbour was asked in vain, and some time has gone', () => {
    const { proofs, clock } = made();
    proofs.take(proof(4));
    const peers = new Set(['a', 'b']);
    proofs.askedInVain('r', 'a');
    clock.nowMs = 10_000;
    expect(proofs.giveUp('r', peers)).toEqual([]);
    proofs.askedInVain('r', 'b');
    expect(proofs.giveUp('another run', peers)).toEqual([]);
    expect(numbers(proofs.giveUp('r', peers))).toEqual([4]);
    // What comes after all changes nothing any more: a step backwards can't be told.
    expect(proofs.take(proof(2))).toEqual([]);
    expect(numbers(proofs.take(proof(5)))).toEqual([5]);
  });

  test('are not given up while a neighbour may yet bring them, unless it takes too long', () => {
    const { proofs, clock } = made();
    proofs.take(proof(2));
    const peers = new Set(['a']);
    clock.nowMs = 29_999;
    expect(proofs.giveUp('r', peers)).toEqual([]);
    clock.nowMs = 30_000;
    expect(numbers(proofs.giveUp('r', peers))).toEqual([2]);
  });

  test('that waited anew after part of what was missing had come are asked for anew', () => {
    const { proofs, clock } = made();
    proofs.take(proof(3));
    proofs.askedInVain('r', 'a');
    clock.nowMs = 15_000;
    proofs.take(proof(5));
    expect(numbers([...proofs.take(proof(1)), ...proofs.take(proof(2))])).toEqual([1, 2, 3]);
    expect(proofs.giveUp('r', new Set(['a']))).toEqual([]);
    expect(proofs.lacks('r')).toBe(true);
  });

  test('that a neighbour knows of are looked for, and not again once nobody could bring them', () => {
    const { proofs, clock } = made();
    proofs.heardOf('r', [['n1', 1, 3, 7]]);
    expect(proofs.lacks('r')).toBe(true);
    expect(proofs.has('r')).toEqual([['n1', 1, 1, 7]]);
    proofs.askedInVain('r', 'a');
    clock.nowMs = 10_000;
    expect(proofs.giveUp('r', new Set(['a']))).toEqual([]);
    expect(proofs.lacks('r')).toBe(false);
    proofs.heardOf('r', [['n1', 1, 8, 7]]);
    expect(proofs.lacks('r')).toBe(false);
    expect(numbers(proofs.take(proof(1)))).toEqual([1]);
    proofs.heardOf('r', [['n1', 1, 9, 8]]);
    expect(proofs.lacks('r')).toBe(true);
  });

  test('of more lives than a node has, others can tell, and few are believed', () => {
    const { proofs } = made();
    proofs.heardOf(
      'r',
      Array.from({ length: 100 }, (_, life) => ['n1', life, 2, 1] as const),
    );
    expect(proofs.has('r')).toHaveLength(8);
  });

  test('are kept within bounds, the newest of each node, and never with a hole', () => {
    const { proofs } = made();
    for (let number = 1; number <= 30_000; number++) {
      proofs.take(proof(number));
      if (number % 3 === 0) proofs.take(proof(number / 3, { node: 'n2' }));
    }
    for (const [node, last] of [
      ['n1', 30_000],
      ['n2', 10_000],
    ] as const) {
      const kept = proofs.beyond('r', [[node === 'n1' ? 'n2' : 'n1', 1, 99_999, 99_998]], 1_000_000).events;
      expect(kept.length).toBeLessThanOrEqual(5_120);
      expect(kept.length).toBeGreaterThanOrEqual(4_096);
      expect(numbers(kept)).toEqual(kept.map((_, i) => last - kept.length + 1 + i));
    }
  });

  test('of nodes that make up any number of lives and holes take no more than so much', () => {
    const { proofs } = made();
    for (let life = 1; life <= 1_200; life++)
      for (let number = 2; number < 200; number++) proofs.take(proof(number, { life }));
    expect(proofs.has('r')).toHaveLength(1_024);
    // What waits is no one's yet, and is brought again.
    expect(proofs.beyond('r', [], 1_000_000).events).toEqual([]);
    expect(numbers(proofs.take(proof(1, { life: 1_200 }))).length).toBeGreaterThan(0);
  });

  test('are forgotten with their tab', () => {
    const { proofs } = made();
    for (const event of upTo(3)) proofs.take(event);
    proofs.forget('n1');
    expect(proofs.has('r')).toEqual([]);
    expect(proofs.beyond('r', [], 10).events).toEqual([]);
  });

  test('are told from other events by their number', () => {
    expect(isProof(proof(1))).toBe(true);
    const { proof: _number, ...none } = proof(1);
    expect(isProof(none)).toBe(false);
  });
});
