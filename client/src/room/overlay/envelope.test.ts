import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isTraceEnvelope, openEnvelope, sealEnvelope } from './envelope.js';

test('what was sealed is opened as it was', () => {
  const kinds = fc.constantFrom('news', 'deflated-news', 'trace');
  fc.assert(
    fc.property(kinds, fc.nat({ max: 2 ** 48 - 1 }), fc.uint8Array(), (kind, serial, body) => {
      const envelope = { kind, serial, body: new Uint8Array(body) } as const;
      const sealed = sealEnvelope(envelope);
      expect(openEnvelope(sealed)).toEqual(envelope);
      expect(isTraceEnvelope(sealed)).toBe(kind === 'trace');
    }),
  );
});

test.each([
  ['nothing', []],
  ['a header cut short', [0, 0, 0, 0, 0, 0]],
  ['an unknown kind', [3, 0, 0, 0, 0, 0, 1]],
])('%s is no envelope', (_, bytes) => {
  expect(openEnvelope(Uint8Array.from(bytes))).toBeNull();
  expect(isTraceEnvelope(Uint8Array.from(bytes))).toBe(false);
});
