import fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { InSequence, missingWaitMs } from './in-sequence.js';

function sequence() {
  const order = new InSequence();
  const out: string[] = [];
  const take = (serial: number, page = 'p', source = 'tab'): void =>
    order.take(source, page, serial, () => out.push(`${page}${serial}`));
  return { take, out };
}

beforeEach(() => {
  vi.useFakeTimers();
});

describe('what comes over several ways', () => {
  test('is put into its order, whatever overtakes what, and comes once', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([2, 3, 4, 5, 6, 7, 8], { minLength: 7 }), (serials) => {
        const { take, out } = sequence();
        take(1);
        for (const serial of [...serials, ...serials]) take(serial);
        expect(out).toEqual(['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7', 'p8']);
      }),
    );
  });

  test('waits so long for what is missing, which then is too late', () => {
    const { take, out } = sequence();
    for (const serial of [1, 3, 4]) take(serial);
    vi.advanceTimersByTime(missingWaitMs - 1);
    expect(out).toEqual(['p1']);
    vi.advanceTimersByTime(1);
    expect(out).toEqual(['p1', 'p3', 'p4']);
    take(2);
    take(5);
    expect(out).toEqual(['p1', 'p3', 'p4', 'p5']);
  });

  test('waits for each gap anew, and not beyond so many', () => {
    const { take, out } = sequence();
    for (const serial of [1, 3, 5]) take(serial);
    vi.advanceTimersByTime(missingWaitMs);
    expect(out).toEqual(['p1', 'p3']);
    vi.advanceTimersByTime(missingWaitMs);
    expect(out).toEqual(['p1', 'p3', 'p5']);
    for (let serial = 7; serial < 40; serial += 1) take(serial);
    expect(out).toHaveLength(3 + 33);
  });

  test('begins where it is first heard, and anew with each life of its source', () => {
    const { take, out } = sequence();
    for (const serial of [40, 42]) take(serial);
    take(1, 'q');
    take(2, 'q');
    expect(out).toEqual(['p40', 'p42', 'q1', 'q2']);
  });
});
