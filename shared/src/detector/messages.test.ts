import { describe, expect, it } from 'vitest';
import {
  describeDetectorMessage,
  isDetectorMessage,
  parseDetectorMessage,
  updatesReadMax,
} from './messages.js';
import { ack, ping, pingReq, response } from './testing/index.js';

const update = { node: 'b', status: 'suspect', incarnation: 3 } as const;
const messages = [
  ping(1, { updates: [update] }, 'c'),
  ack(2, { accuses: { status: 'confirmed', incarnation: 9 } }),
  pingReq(3, 'b'),
  response(4, 'b', false),
];

describe('a message of the detector', () => {
  it.each(messages)('is read as it was written: $type', (message) => {
    expect(parseDetectorMessage(message)).toEqual(message);
    expect(isDetectorMessage(message)).toBe(true);
  });

  it.each([
    ['another type', { ...ping(1), type: 'pong' }],
    ['a field too many', { ...ping(1), more: 1 }],
    ['a negative sequence', ping(-1)],
    ['an incarnation beyond all counters', ping(1, { incarnation: 2 ** 53 })],
    ['a status that there is not', { ...ping(1), accuses: { status: 'dead', incarnation: 1 } }],
    ['an id that is a key of every object', pingReq(1, '__proto__')],
    ['an id that is too long', pingReq(1, 'x'.repeat(65))],
    ['too many updates', ping(1, { updates: Array.from({ length: updatesReadMax + 1 }, () => update) })],
    ['no object', null],
  ])('is refused with %s', (_, given) => {
    expect(() => parseDetectorMessage(given)).toThrow(/detector|ping/i);
  });

  it('is shown with what it says of others', () => {
    expect(messages.map(describeDetectorMessage)).toMatchObject([
      { kind: 'Ping', summary: { updates: 'b suspect', onBehalfOf: 'c' } },
      { kind: 'Ack', answer: 'yes', summary: { accuses: 'confirmed' } },
      { kind: 'PingReq', summary: { target: 'b' } },
      { kind: 'PingReqResponse', answer: 'no' },
    ]);
  });
});
