import { describe, expect, it } from 'vitest';
import { generateKeys, nodeIdOf, signWith } from '../keys/index.js';
import { linkIdentity } from './link-identity.js';
import { Turns } from './turns.js';

const room = 'maple-otter-42';
const bytes = new TextEncoder().encode('what is signed');

async function identity(turns?: Turns) {
  const keys = await generateKeys();
  const { publicKey } = keys;
  return linkIdentity(room, { publicKey, sign: (said) => signWith(keys, said) }, turns);
}

describe('an identity on links', () => {
  it('signs with its key, and checks what another has signed', async () => {
    const [a, b] = [await identity(), await identity()];
    const signature = await new Promise<Uint8Array>((resolve) => a.sign(bytes, resolve));
    const holds = (key: Uint8Array, said: Uint8Array) =>
      new Promise((resolve) => b.verify(key, said, signature, resolve));
    expect(await holds(a.publicKey, bytes)).toBe(true);
    expect(await holds(b.publicKey, bytes)).toBe(false);
    expect(await holds(a.publicKey, bytes.subarray(1))).toBe(false);
    expect(b.nodeIdOf(a.publicKey)).toBe(nodeIdOf(a.publicKey));
    expect(a.room).toBe(room);
  });

  it('never answers within the call', async () => {
    const a = await identity();
    let isWithin = true;
    const answered = new Promise<boolean>((resolve) => a.sign(bytes, () => resolve(isWithin)));
    isWithin = false;
    expect(await answered).toBe(false);
  });
});

describe('turns', () => {
  it('run one job each, in order, however many are given at once or by a job', async () => {
    const turns = new Turns();
    const seen: string[] = [];
    await new Promise<void>((resolve) => {
      const job = (name: string) => (): void => {
        seen.push(name);
        // What a turn leaves to be done at its end is done before the next one begins.
        queueMicrotask(() => seen.push(`after ${name}`));
        if (name === 'a') turns.add(job('d'));
        if (name === 'd') turns.add(resolve);
      };
      for (const name of ['a', 'b', 'c']) turns.add(job(name));
      expect(seen).toEqual([]);
    });
    expect(seen).toEqual(['a', 'b', 'c', 'd'].flatMap((name) => [name, `after ${name}`]));
  });
});
