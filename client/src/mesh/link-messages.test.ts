import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeLinkMessage, encodeLinkMessage, LINK_VERSION, type LinkMessage } from './link-messages.js';
import { MeshViolation } from './types.js';

const bytes = (length: number): Uint8Array => new Uint8Array(length).map((_, index) => index);

const messages: readonly LinkMessage[] = [
  { type: 'identity', publicKey: bytes(32), nonce: bytes(32).reverse() },
  { type: 'proof', signature: bytes(64), statement: bytes(1) },
  { type: 'proof', signature: bytes(64), statement: bytes(512) },
  { type: 'unproven', problem: 'identity-mismatch' },
  { type: 'unproven', problem: 'proof-refused' },
  { type: 'hello', wanted: true },
  { type: 'hello', wanted: false },
  { type: 'wanted', wanted: true },
  { type: 'ping', token: 4_294_967_295 },
  { type: 'pong', token: 0 },
  { type: 'goodbye', reason: 'crashed' },
  { type: 'goodbye', reason: 'replaced' },
  { type: 'violation', code: 'wrong-version' },
  { type: 'violation', code: 'bad-signal' },
];

const malformed: readonly (readonly number[])[] = [
  [],
  [9],
  [9, 2],
  [10, 0],
  [4, 5],
  [5, 8],
  [8, 5],
  [2, 0, 0, 0],
  [2, 0, 0, 0, 0, 0],
  [6, LINK_VERSION, ...bytes(63)],
  [6, LINK_VERSION, ...bytes(65)],
  [7, ...bytes(64)],
  [7, ...bytes(64 + 513)],
];

describe('the messages of a link', () => {
  it.each(messages)('come back as they were: $type', (message) => {
    expect(decodeLinkMessage(encodeLinkMessage(message))).toEqual(message);
  });

  it('are a violation if they are anything else, and never throw', () => {
    for (const bytes of malformed) {
      expect(decodeLinkMessage(Uint8Array.from(bytes))).toBeInstanceOf(MeshViolation);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (frame) => {
        const message = decodeLinkMessage(frame);
        if (!(message instanceof MeshViolation)) expect(encodeLinkMessage(message)).toEqual(frame);
      }),
    );
  });

  it('of a page of another version say so, the first one included, which knew no proofs', () => {
    const identity = encodeLinkMessage({ type: 'identity', publicKey: bytes(32), nonce: bytes(32) });
    const others = [
      [0, 0],
      [0, 1],
      [0],
      [6, LINK_VERSION + 1],
      [6, LINK_VERSION - 1, ...identity.subarray(2)],
    ];
    for (const other of others) {
      expect(decodeLinkMessage(Uint8Array.from(other))).toMatchObject({ code: 'wrong-version' });
    }
  });
});
