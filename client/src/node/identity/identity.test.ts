import * as ed25519 from '@noble/ed25519';
import { describe, expect, it } from 'vitest';
import { base32, generateKeys, nodeIdOf, signWith, verify } from '../keys/index.js';
import { nextName } from './names.js';

const text = (words: string): Uint8Array => new TextEncoder().encode(words);

describe('a node id', () => {
  it('is base32 as in RFC 4648, in lower case and without padding', () => {
    const vectors = {
      '': '',
      f: 'my',
      fo: 'mzxq',
      foo: 'mzxw6',
      foob: 'mzxw6yq',
      fooba: 'mzxw6ytb',
      foobar: 'mzxw6ytboi',
    };
    for (const [plain, encoded] of Object.entries(vectors)) expect(base32(text(plain))).toBe(encoded);
  });

  it('has 26 characters and follows from the public key alone', async () => {
    const { publicKey } = await generateKeys();
    expect(nodeIdOf(publicKey)).toMatch(/^[a-z2-7]{26}$/);
    expect(nodeIdOf(publicKey.slice())).toBe(nodeIdOf(publicKey));
    expect(nodeIdOf((await generateKeys()).publicKey)).not.toBe(nodeIdOf(publicKey));
  });
});

describe('signatures', () => {
  it('of WebCrypto and of noble are the same to both', async () => {
    const seed = Uint8Array.from({ length: 32 }, (_, at) => at);
    const publicKey = ed25519.getPublicKey(seed).slice();
    const byNoble = await signWith({ publicKey, privateKey: seed }, text('vote'));
    expect(await verify(publicKey, text('vote'), byNoble)).toBe(true);
    const keys = await generateKeys();
    const byWebCrypto = await signWith(keys, text('vote'));
    expect(ed25519.verify(byWebCrypto, text('vote'), keys.publicKey, { zip215: false })).toBe(true);
  });

  it('are no proof for other bytes, of another key, or when anything about them is malformed', async () => {
    const keys = await generateKeys();
    const signature = await signWith(keys, text('vote'));
    expect(await verify(keys.publicKey, text('vote'), signature)).toBe(true);
    expect(await verify(keys.publicKey, text('veto'), signature)).toBe(false);
    expect(await verify((await generateKeys()).publicKey, text('vote'), signature)).toBe(false);
    expect(await verify(keys.publicKey, text('vote'), signature.subarray(1))).toBe(false);
    expect(await verify(keys.publicKey.subarray(1), text('vote'), signature)).toBe(false);
    expect(await verify(new Uint8Array(32).fill(255), text('vote'), signature)).toBe(false);
  });

  it('come from a private key that nobody can read out', async () => {
    const { privateKey } = await generateKeys();
    expect(privateKey).toMatchObject({ extractable: false });
  });
});

describe('the name after a taken one', () => {
  it('gets a number, and the next number after that', () => {
    expect(nextName('tiger')).toBe('tiger 2');
    expect(nextName('tiger 2')).toBe('tiger 3');
    expect(nextName('tiger 9')).toBe('tiger 10');
    expect(nextName('agent 1')).toBe('agent 1 2');
    expect(nextName('2')).toBe('2 2');
    expect(nextName('호랑이')).toBe('호랑이 2');
  });

  it('is never longer than a name may be', () => {
    expect(nextName('🐯'.repeat(32))).toBe(`${'🐯'.repeat(30)} 2`);
    expect([...nextName(`${'a'.repeat(30)} 9`)]).toHaveLength(32);
  });
});
