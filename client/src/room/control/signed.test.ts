import { counterMax } from '@quorate/shared/core';
import { encodeValue } from '@quorate/shared/wire';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RoomDocument } from '../document.js';
import { changed, code, open, person } from './cast.js';
import {
  compareVersions,
  ForgedError,
  foundRoom,
  type RoomVersion,
  readVersion,
  type SignedDocument,
  type Signer,
  signNext,
  verifyVersion,
} from './signed.js';

let host: Signer;
let ada: Signer;
let eve: Signer;
let first: RoomVersion;
/** Ada is co-host. */
let appointed: RoomVersion;
let byAda: RoomVersion;

beforeAll(async () => {
  [host, ada, eve] = await Promise.all([person(), person(), person()]);
  first = await open(host);
  appointed = await changed(first, host, { kind: 'appoint', node: ada.node });
  byAda = await changed(appointed, ada, { kind: 'pace', pace: 0.5 });
});

/** Whether a tab of this room that sees it for the first time believes it. */
async function isBelieved(signed: SignedDocument): Promise<boolean> {
  try {
    return await verifyVersion(readVersion(signed, code));
  } catch (error) {
    if (error instanceof ForgedError) return false;
    throw error;
  }
}

/** Signs whatever it is given, past all that honest code would refuse to. */
async function forge(
  base: RoomVersion,
  signer: Signer,
  document: Partial<RoomDocument>,
): Promise<SignedDocument> {
  const helper: Signer = { ...signer, node: base.signer };
  const body = encodeValue({
    charter: digestIn(base),
    document: { ...base.document, version: base.document.version + 1, ...document },
  });
  const tag = new TextEncoder().encode('quorate room document 1\n');
  const signature = await helper.sign(new Uint8Array([...tag, ...body]));
  return { ...base.signed, body, key: signer.publicKey, signature: signature.slice() };
}

function digestIn({ signed }: RoomVersion): Uint8Array {
  // The body is a map whose first entry is the charter's digest: fixmap, fixstr 7, "charter", bin8, 32.
  return signed.body.slice(1 + 8 + 2, 1 + 8 + 2 + 32);
}

describe('a signed version', () => {
  test('of the host is believed, and of a co-host whom the host appointed', async () => {
    for (const version of [first, appointed, byAda]) expect(await isBelieved(version.signed)).toBe(true);
    expect(byAda.signer).toBe(ada.node);
    expect(byAda.document).toMatchObject({ host: host.node, pace: 0.5, version: 3 });
  });

  test('with any bit changed is never believed', async () => {
    const fields = ['charter', 'charterSignature', 'body', 'key', 'signature'] as const;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...fields), fc.nat(), fc.nat(7), async (field, at, bit) => {
        const bytes = byAda.signed[field].slice();
        const index = at % bytes.length;
        bytes[index] = (bytes[index] ?? 0) ^ (1 << bit);
        expect(await isBelieved({ ...byAda.signed, [field]: bytes })).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test('put together from the parts of others is believed only where it is one of them', async () => {
    const others = [first, appointed, byAda, await changed(byAda, host, { kind: 'dismiss', node: ada.node })];
    const part = fc.constantFrom(...others);
    const whole = new Set(others.map(({ digest, signer }) => `${digest} ${signer}`));
    await fc.assert(
      fc.asyncProperty(part, part, part, part, part, async (a, b, c, d, e) => {
        const mixed = {
          charter: a.signed.charter,
          charterSignature: b.signed.charterSignature,
          body: c.signed.body,
          key: d.signed.key,
          signature: e.signed.signature,
        };
        if (!(await isBelieved(mixed))) return;
        const version = readVersion(mixed, code);
        expect(whole).toContain(`${version.digest} ${version.signer}`);
        expect(others.some((other) => compareVersions(other, version) === 0)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('by somebody whom no charter names is not believed', async () => {
    expect(await isBelieved(await forge(appointed, eve, {}))).toBe(false);
    expect(await isBelieved(await forge(appointed, ada, {}))).toBe(true);
    // Appointed under a later charter, but not under this one.
    expect(await isBelieved(await forge(first, ada, {}))).toBe(false);
  });

  test('whose charter somebody has made for themselves is another host’s', async () => {
    const own = await foundRoom(eve, { ...first.document, host: eve.node });
    expect(await isBelieved(own.signed)).toBe(true);
    expect(own.document.host).not.toBe(host.node);
    // The same under the true host's name is none.
    await expect(foundRoom(eve, first.document)).rejects.toThrow(ForgedError);
  });

  test('that ends the room is the host’s alone', async () => {
    expect(await isBelieved(await forge(appointed, ada, { ended: true }))).toBe(false);
    expect(await isBelieved(await forge(appointed, host, { ended: true }))).toBe(true);
  });

  test('of another room, or one that removes the host, is not believed', async () => {
    expect(() => readVersion(first.signed, 'amber-heron-11')).toThrow(/another room/);
    expect(await isBelieved(await forge(appointed, ada, { removed: [host.node] }))).toBe(false);
  });
});

describe('the order of versions', () => {
  test('is total, whatever two were made at the same time', async () => {
    const dismissed = await changed(byAda, host, { kind: 'dismiss', node: ada.node });
    const versions = [
      first,
      appointed,
      byAda,
      dismissed,
      await changed(first, host, { kind: 'pace', pace: 0.25 }),
      await changed(first, host, { kind: 'pace', pace: 0.25 }, 5_000),
      await changed(appointed, host, { kind: 'pace', pace: 0.5 }),
      await changed(byAda, ada, { kind: 'pace', pace: 0.1 }),
      await changed(byAda, host, { kind: 'end' }),
    ];
    const one = fc.constantFrom(...versions);
    await fc.assert(
      fc.asyncProperty(one, one, one, async (a, b, c) => {
        expect(Math.sign(compareVersions(a, b))).toBe(0 - Math.sign(compareVersions(b, a)));
        expect(compareVersions(a, b) === 0).toBe(a === b);
        if (compareVersions(a, b) > 0 && compareVersions(b, c) > 0)
          expect(compareVersions(a, c)).toBeGreaterThan(0);
      }),
    );
  });

  test('has what follows a version after it', () => {
    expect(compareVersions(appointed, first)).toBeGreaterThan(0);
    expect(compareVersions(byAda, appointed)).toBeGreaterThan(0);
  });

  test('has the host’s before a co-host’s where both made one at the same time', async () => {
    const byHost = await changed(appointed, host, { kind: 'pace', pace: 0.1 });
    expect(compareVersions(byHost, byAda)).toBeGreaterThan(0);
  });

  test('has a dismissal before all that the former co-host signs, however high its number', async () => {
    const high = readVersion(await forge(byAda, ada, { version: counterMax }), code);
    const dismissed = await changed(byAda, host, { kind: 'dismiss', node: ada.node });
    expect(compareVersions(dismissed, high)).toBeGreaterThan(0);
    const next = await changed(dismissed, host, { kind: 'pace', pace: 0.1 });
    expect(compareVersions(next, dismissed)).toBeGreaterThan(0);
  });

  test('lets the host go on after a co-host has used up all numbers', async () => {
    const last = readVersion(await forge(byAda, ada, { version: counterMax }), code);
    const byHost = await changed(last, host, { kind: 'pace', pace: 0.1 });
    expect(compareVersions(byHost, last)).toBeGreaterThan(0);
    const dismissed = await changed(byHost, host, { kind: 'dismiss', node: ada.node }, 3_000);
    expect(dismissed.document.version).toBe(1);
    expect(compareVersions(dismissed, byHost)).toBeGreaterThan(0);
  });

  test('has the end of a room last, whatever else was signed meanwhile', async () => {
    const ended = await changed(appointed, host, { kind: 'end' });
    let other = byAda;
    for (let i = 0; i < 5; i += 1) other = await changed(other, ada, { kind: 'pace', pace: 0.5 });
    other = await changed(other, host, { kind: 'appoint', node: eve.node });
    expect(compareVersions(ended, other)).toBeGreaterThan(0);
  });
});

test('a charter can be made by the host alone', async () => {
  const bad = signNext(ada, appointed, { ...appointed.document, version: 3 }, [ada.node, eve.node]);
  expect(await isBelieved((await bad).signed)).toBe(false);
});
