import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprintOf } from './fingerprint.js';

const hex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':');
const bytes = new Uint8Array(32).map((_, index) => index * 7);
const other = new Uint8Array(32).fill(9);
const line = (of = bytes, hash = 'sha-256'): string => `a=fingerprint:${hash} ${hex(of)}`;
const sdp = (...lines: readonly string[]): string =>
  ['v=0', 's=-', ...lines, 'a=setup:actpass', 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel', ''].join(
    '\r\n',
  );

describe('the fingerprint of a session description', () => {
  it('is that of its one line, in upper or lower case, for the session or for a section', () => {
    expect(fingerprintOf(sdp(line()))).toEqual(bytes);
    expect(fingerprintOf(sdp(line().toLowerCase()))).toEqual(bytes);
    expect(fingerprintOf(sdp(line(bytes, 'SHA-256')))).toEqual(bytes);
    expect(fingerprintOf(`${sdp()}${line()}\n`)).toEqual(bytes);
    expect(fingerprintOf(sdp(line(), line().toLowerCase()))).toEqual(bytes);
  });

  it.each([
    ['none', sdp()],
    ['no description', ''],
    ['two values', sdp(line(), line(other))],
    ['the same value under another hash', sdp(line(), line(bytes, 'sha-1'))],
    ['another hash alone', sdp(line(bytes, 'sha-512'))],
    ['another hash before the right one', sdp(line(other, 'sha-1'), line())],
    ['a value that is too short', sdp(line(bytes.subarray(1)))],
    ['a value that is too long', sdp(line(new Uint8Array([...bytes, 1])))],
    ['no value', sdp('a=fingerprint:sha-256 ')],
    ['something behind the value', sdp(`${line()} ${hex(other)}`)],
    ['a second line that can not be read', sdp(line(), 'a=fingerprint:')],
    ['a second line in another case', sdp(line(), line(other).replace('a=fingerprint', 'A=FINGERPRINT'))],
  ])('is none where the description has %s', (_, description) => {
    expect(fingerprintOf(description)).toBeNull();
  });

  it('is never another one than a line names, whatever stands around it', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        (a, b, value) => {
          const found = fingerprintOf(`${a}\n${line(value)}\n${b}`);
          if (found !== null) expect(found).toEqual(value);
        },
      ),
    );
  });
});
