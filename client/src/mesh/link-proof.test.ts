import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STATEMENT_BYTES_MAX } from './link-messages.js';
import {
  encodeStatement,
  type LinkStatement,
  type Party,
  readStatement,
  statementProblem,
} from './link-proof.js';

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const party = fc.record<Party>({
  id: fc.string({ maxLength: 26 }),
  key: bytes32,
  nonce: bytes32,
  fingerprint: bytes32,
});
const statement = fc.record<LinkStatement>({
  room: fc.string({ maxLength: 20 }),
  signer: party,
  verifier: party,
});
/** Values that only differ by where one field ends and the next begins are the ones that a bad encoding confuses. */
const text = fc.constantFrom('', 'a', 'aa', 'ab', 'b', 'a\u0000', '\u0000a');
const close = fc.record<LinkStatement>({
  room: text,
  signer: fc.record<Party>({ id: text, key: small(), nonce: small(), fingerprint: small() }),
  verifier: fc.record<Party>({ id: text, key: small(), nonce: small(), fingerprint: small() }),
});

function small(): fc.Arbitrary<Uint8Array> {
  return fc.constantFrom(new Uint8Array(32), new Uint8Array(32).fill(97), new Uint8Array(32).fill(196));
}

const filled = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const expected: LinkStatement = {
  room: 'maple-otter-42',
  signer: { id: 'b'.repeat(26), key: filled(1), nonce: filled(2), fingerprint: filled(3) },
  verifier: { id: 'a'.repeat(26), key: filled(4), nonce: filled(5), fingerprint: filled(6) },
};

describe('what is signed for a link', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(statement, (said) => {
        expect(readStatement(encodeStatement(said))).toEqual(said);
      }),
    );
  });

  it('has other bytes wherever it says anything else', () => {
    fc.assert(
      fc.property(close, close, (one, other) => {
        const isSame = JSON.stringify(one) === JSON.stringify(other);
        expect(encodeStatement(one).join() === encodeStatement(other).join()).toBe(isSame);
      }),
      { numRuns: 2_000 },
    );
  });

  it('fits where ids and code are as long as they get', () => {
    const longest = encodeStatement({ ...expected, room: 'x'.repeat(64) });
    expect(longest.length).toBeLessThanOrEqual(STATEMENT_BYTES_MAX);
  });

  it('is nothing that another part of Quorate signs: it begins with its tag', () => {
    const encoded = encodeStatement(expected);
    expect(new TextDecoder().decode(encoded.subarray(0, 21))).toBe('quorate link proof 1\n');
    expect(readStatement(encoded.subarray(21))).toBeNull();
  });

  it('that can not be read is none, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const tag = encodeStatement(expected).subarray(0, 21);
        expect(readStatement(bytes)).toBeNull();
        expect(readStatement(new Uint8Array([...tag, ...bytes]))).toBeNull();
      }),
    );
  });
});

describe('a signed statement', () => {
  const problem = (change: Partial<LinkStatement>) =>
    statementProblem(expected, encodeStatement({ ...expected, ...change }));
  const signer = (change: Partial<Party>) => problem({ signer: { ...expected.signer, ...change } });
  const verifier = (change: Partial<Party>) => problem({ verifier: { ...expected.verifier, ...change } });

  it('that says what it must is a proof', () => {
    expect(problem({})).toBeNull();
  });

  it('of other certificates tells of somebody in between', () => {
    expect(signer({ fingerprint: filled(9) })).toBe('fingerprint-swapped');
    expect(verifier({ fingerprint: filled(9) })).toBe('fingerprint-swapped');
    expect(
      problem({
        signer: { ...expected.signer, fingerprint: expected.verifier.fingerprint },
        verifier: { ...expected.verifier, fingerprint: expected.signer.fingerprint },
      }),
    ).toBe('fingerprint-swapped');
  });

  it('of another link, pair, direction or room is a replay', () => {
    for (const change of [{ id: 'c' }, { key: filled(9) }, { nonce: filled(9) }]) {
      expect(signer(change)).toBe('proof-replayed');
      expect(verifier(change)).toBe('proof-replayed');
    }
    expect(problem({ room: 'amber-fox-17' })).toBe('proof-replayed');
    expect(problem({ signer: expected.verifier, verifier: expected.signer })).toBe('proof-replayed');
    expect(problem({ room: 'amber-fox-17', signer: { ...expected.signer, fingerprint: filled(9) } })).toBe(
      'proof-replayed',
    );
  });

  it('of no form, or with something behind it, proves nothing', () => {
    expect(statementProblem(expected, new Uint8Array())).toBe('proof-invalid');
    expect(statementProblem(expected, new Uint8Array([...encodeStatement(expected), 0]))).toBe(
      'proof-invalid',
    );
  });
});
