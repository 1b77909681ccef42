import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MeshSignal, parseConnectionSignal, parseSignal } from './signals.js';
import { MeshViolation } from './types.js';

const valid: readonly MeshSignal[] = [
  { kind: 'offer', session: 's', sdp: 'v=0' },
  { kind: 'answer', session: 's', initiatorSession: 't', sdp: 'v=0' },
  {
    kind: 'candidate',
    session: 's',
    initiatorSession: 's',
    candidate: { candidate: 'candidate:1', sdpMLineIndex: 0, sdpMid: null },
  },
  { kind: 'please', session: 's', initiatorSession: null },
  { kind: 'knock', session: 's' },
];

describe('the signals of the mesh', () => {
  it.each(valid)('are taken as they are: $kind', (signal) => {
    expect(parseSignal(3, structuredClone(signal))).toEqual(signal);
  });

  it.each([
    ['no object', 1, 'offer'],
    ['an unknown kind', 1, { kind: 'hello', session: 's' }],
    ['no session', 1, { kind: 'knock' }],
    ['a huge description', 1, { kind: 'offer', session: 's', sdp: 'v'.repeat(40_000) }],
    ['a negative generation', -1, { kind: 'knock', session: 's' }],
    ['a generation beyond the end of counters', 2 ** 48 + 1, { kind: 'knock', session: 's' }],
    ['a generation that is no number', '1', { kind: 'knock', session: 's' }],
  ])('are a violation with %s', (_what, generation, data) => {
    expect(parseSignal(generation, data)).toMatchObject({ code: 'bad-signal' });
  });

  it('never throw, whatever arrives', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (generation, data) => {
        expect(parseSignal(generation, data)).toBeInstanceOf(MeshViolation);
      }),
    );
  });

  it('leave out what simple-peer says about renegotiation', () => {
    expect(parseConnectionSignal({ type: 'renegotiate', renegotiate: true })).toBe(null);
    expect(parseConnectionSignal({ type: 'answer', sdp: 'v=0' })).toEqual({ type: 'answer', sdp: 'v=0' });
  });
});
