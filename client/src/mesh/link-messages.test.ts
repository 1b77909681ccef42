import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeLinkMessage, encodeLinkMessage, type LinkMessage } from './link-messages.js';
import { MeshViolation } from './types.js';

const messages: readonly LinkMessage[] = [
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

describe('the messages of a link', () => {
  it.each(messages)('come back as they were: $type', (message) => {
    expect(decodeLinkMessage(encodeLinkMessage(message))).toEqual(message);
  });

  it('are a violation if they are anything else, and never throw', () => {
    for (const bytes of [[], [0], [0, 2], [9, 0], [4, 5], [5, 8], [2, 0, 0, 0], [2, 0, 0, 0, 0, 0]]) {
      expect(decodeLinkMessage(Uint8Array.from(bytes))).toBeInstanceOf(MeshViolation);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 8 }), (bytes) => {
        const message = decodeLinkMessage(bytes);
        if (!(message instanceof MeshViolation)) expect(encodeLinkMessage(message)).toEqual(bytes);
      }),
    );
  });
});
