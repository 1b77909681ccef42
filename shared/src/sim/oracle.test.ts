import { describe, expect, it } from 'vitest';
import { oracle } from './oracle.js';

const bytes = Uint8Array.of(1, 2, 3);

function signed(node: string, what: Uint8Array): Uint8Array {
  let made = new Uint8Array();
  oracle(node).sign(what, (signature) => {
    made = new Uint8Array(signature);
  });
  return made;
}

function holds(signer: string, what: Uint8Array, signature: Uint8Array): boolean {
  let valid = false;
  oracle('checker').verify(signer, what, signature, (answer) => {
    valid = answer;
  });
  return valid;
}

describe('ideal signatures', () => {
  it('are their signer’s, of the very bytes that were signed', () => {
    const signature = signed('a', bytes);
    expect(holds('a', bytes, signature)).toBe(true);
    expect(holds('b', bytes, signature)).toBe(false);
    expect(holds('a', Uint8Array.of(1, 2, 4), signature)).toBe(false);
    expect(holds('a', bytes.subarray(0, 2), signature)).toBe(false);
    expect(holds('a', bytes, signature.subarray(0, 4))).toBe(false);
  });
});
