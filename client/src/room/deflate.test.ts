import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { deflate, inflate, storedAlwaysMax } from './deflate.js';

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

test('what would not get smaller goes as it is, and so does what one packet holds: in a form that any inflater reads', async () => {
  const small = trace.slice(0, storedAlwaysMax);
  const noise = crypto.getRandomValues(new Uint8Array(40_000));
  for (const bytes of [small, noise]) {
    const block = await deflate(bytes);
    expect(block.length).toBe(bytes.length + 5);
    expect(new Uint8Array(inflateRawSync(block))).toEqual(bytes);
    expect(await inflate(block, bytes.length)).toEqual(bytes);
    await expect(inflate(block, bytes.length - 1)).rejects.toThrow(RangeError);
  }
  const aboveOneBlock = crypto.getRandomValues(new Uint8Array(65_536));
  expect(await inflate(await deflate(aboveOneBlock), 65_536)).toEqual(aboveOneBlock);
});

test('what another deflater made is read, and a stored block whose length is wrong is refused', async () => {
  expect(await inflate(new Uint8Array(deflateRawSync(trace)), trace.length)).toEqual(trace);
  const block = await deflate(trace.slice(0, 100));
  block[1] = 101;
  await expect(inflate(block, 1_000)).rejects.toThrow();
});
