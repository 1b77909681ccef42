import * as v from 'valibot';
import { expect, it } from 'vitest';
import { CounterSchema, counterMax, nextCounter } from './counter.js';

it('a counter of a peer is whole, not negative, and not above its end', () => {
  for (const given of [0, 1, Date.UTC(2100), counterMax])
    expect(v.is(CounterSchema, given), `${given}`).toBe(true);
  for (const given of [-1, 0.5, counterMax + 1, Number.MAX_SAFE_INTEGER, Number.NaN, '1', null])
    expect(v.is(CounterSchema, given), `${given}`).toBe(false);
});

it('the next value is beyond all that is known, and others take it even at the end', () => {
  expect(nextCounter(3, 7)).toBe(8);
  expect(nextCounter(counterMax, 7)).toBe(counterMax);
  expect(v.is(CounterSchema, nextCounter(counterMax))).toBe(true);
});
