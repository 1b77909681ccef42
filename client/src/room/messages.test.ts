import { counterMax } from '@quorate/shared/core';
import { encodeValue } from '@quorate/shared/wire';
import { describe, expect, test } from 'vitest';
import type { SignedDocument } from './control/signed.js';
import {
  decodeSystem,
  encodeSystem,
  type SystemMessage,
  SystemMessageError,
  systemVersion,
} from './messages.js';
import type { TabRecord } from './roster.js';

const host = 'a'.repeat(26);
const document: SignedDocument = {
  charter: new Uint8Array(40).fill(1),
  charterSignature: new Uint8Array(64).fill(2),
  body: new Uint8Array(100).fill(3),
  key: new Uint8Array(32).fill(4),
  signature: new Uint8Array(64).fill(5),
};
const tab: TabRecord = {
  id: host,
  publicKey: null,
  name: 'ada',
  joinedMs: 1,
  stamp: 1,
  watching: false,
  hidden: false,
  left: false,
  lab: 'idle',
  browser: 'Chrome, laptop',
  links: [],
};
const life = new Uint8Array(16).fill(6);
const order = {
  type: 'order',
  id: 1,
  body: new Uint8Array(20).fill(7),
  key: new Uint8Array(32).fill(8),
  signature: new Uint8Array(64).fill(9),
} as const;
const tooMuch = counterMax + 1;

describe('a message of the system plane', () => {
  const messages: readonly SystemMessage[] = [
    { type: 'hello', document, tabs: [tab], life },
    { type: 'hello', document: null, tabs: [], life },
    order,
    { type: 'wantKeyframe', node: host },
    { type: 'digest', document: 3, tabs: 0xffff_ffff },
    { type: 'news', document, tabs: [tab], wantsBack: true },
    { type: 'overlay', message: { type: 'keepalive' } },
    { type: 'ordered', id: 1, error: { code: 'not-host', message: 'Only the host may order that.' } },
    { type: 'trace', events: [{ type: 'stopped' }], touched: { 'fault-1': 3 } },
  ];

  test.each(messages)('comes out as it went in: $type', (message) => {
    expect(decodeSystem(encodeSystem(message))).toEqual(message);
  });

  test('of another version is refused with what to do', () => {
    expect(() => decodeSystem(encodeValue([systemVersion + 1, messages[2]]))).toThrow(
      `version ${systemVersion}; reload the older tab`,
    );
  });

  test.each([
    ['no message', 'hello'],
    ['an unknown type', { type: 'explode' }],
    ['an order that nobody has signed', { ...order, signature: new Uint8Array(0) }],
    [
      'a document with half a signature',
      { type: 'document', document: { ...document, signature: new Uint8Array(32) } },
    ],
    ['a document that nobody has signed', { type: 'document', document: { version: 1 } }],
    ['too many events', { type: 'trace', events: new Array(5000).fill(null), touched: {} }],
  ])('that is %s is refused', (_, message) => {
    expect(() => decodeSystem(encodeValue([systemVersion, message]))).toThrow(SystemMessageError);
  });

  test.each([
    ['a stamp', { type: 'tab', tab: { ...tab, stamp: tooMuch } }],
    ['a stamp in a hello', { ...messages[1], tabs: [{ ...tab, stamp: tooMuch }] }],
    ['a time of joining', { type: 'tab', tab: { ...tab, joinedMs: tooMuch } }],
    ['an order’s number', { ...order, id: tooMuch }],
    ['an answer’s number', { type: 'ordered', id: tooMuch, error: null }],
    ['a digest of a document', { ...messages[4], document: tooMuch }],
    ['a flash’s number', { type: 'flash', node: host, serial: tooMuch }],
    ['a count of touched messages', { type: 'trace', events: [], touched: { f: tooMuch } }],
  ])('with %s beyond the end of counters is refused', (_, message) => {
    expect(() => decodeSystem(encodeValue([systemVersion, message]))).toThrow(SystemMessageError);
  });
});
