import { expect, test } from 'vitest';
import { deflate, inflate } from './deflate.js';

const trace = new TextEncoder().encode('{"type":"delivered","node":"n1"}'.repeat(400));

test('what was deflated comes back, and was smaller on its way', async () => {
  const deflated = await deflate(trace);
  expect(deflated.length).toBeLessThan(trace.length / 8);
  expect(await inflate(deflated, trace.length)).toEqual(trace);
});

test('nothing is deflated to something, and comes back as nothing', async () => {
  expect(await inflate(await deflate(new Uint8Array()), 0)).toEqual(new Uint8Array());
});

test('what would grow beyond the bound is refused', async () => {
  const deflated = await deflate(new Uint8Array(10_000_000));
  expect(deflated.length).toBeLessThan(20_000);
  await expect(inflate(deflated, 1_000_000)).rejects.toThrow(RangeError);
});

test('what is no deflated stream, or ends within one, is refused', async () => {
  await expect(inflate(new Uint8Array([7, 7, 7, 7]), 1_000)).rejects.toThrow();
  const deflated = await deflate(trace);
  await expect(inflate(deflated.slice(0, 20), trace.length)).rejects.toThrow();
});
