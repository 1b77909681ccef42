import { counterMax } from '@quorate/shared/core';
import { encodeValue } from '@quorate/shared/wire';
import { describe, expect, test } from 'vitest';
import { createDocument } from './document.js';
import {
  decodeSystem,
  encodeSystem,
  type SystemMessage,
  SystemMessageError,
  systemVersion,
} from './messages.js';
import type { TabRecord } from './roster.js';

const host = 'a'.repeat(26);
const document = createDocument('maple-otter-42', host, 5);
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
const tooMuch = counterMax + 1;

describe('a message of the system plane', () => {
  const messages: readonly SystemMessage[] = [
    { type: 'hello', document, tabs: [tab], wantsTrace: true },
    { type: 'hello', document: null, tabs: [], wantsTrace: false },
    { type: 'order', id: 1, action: 'crash' },
    { type: 'wantKeyframe', node: host },
    { type: 'digest', version: 3, changedAtMs: 5, tabs: 0xffff_ffff },
    { type: 'news', document, tabs: [tab], wantsBack: true },
    { type: 'spread', origin: host, page: 'p', serial: 1, hops: 15, body: Uint8Array.of(1, 2) },
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
    ['an order that is none', { type: 'order', id: 1, action: 'lie' }],
    ['a document with a pace of zero', { type: 'document', document: { ...document, pace: 0 } }],
    ['a message that has come too far', { ...messages[6], hops: 16 }],
    ['a message too large to be passed on', { ...messages[6], body: new Uint8Array(1024 * 1024 + 1) }],
    ['too many events', { type: 'trace', events: new Array(5000).fill(null), touched: {} }],
  ])('that is %s is refused', (_, message) => {
    expect(() => decodeSystem(encodeValue([systemVersion, message]))).toThrow(SystemMessageError);
  });

  test.each([
    ['a stamp', { type: 'tab', tab: { ...tab, stamp: tooMuch } }],
    ['a stamp in a hello', { ...messages[1], tabs: [{ ...tab, stamp: tooMuch }] }],
    ['a time of joining', { type: 'tab', tab: { ...tab, joinedMs: tooMuch } }],
    ['a version', { type: 'document', document: { ...document, version: tooMuch } }],
    ['a time of change', { type: 'document', document: { ...document, changedAtMs: tooMuch } }],
    ['an order’s number', { type: 'order', id: tooMuch, action: 'crash' }],
    ['an answer’s number', { type: 'ordered', id: tooMuch, error: null }],
    ['the number of what is spread', { ...messages[6], serial: tooMuch }],
    ['a digest’s version', { ...messages[4], version: tooMuch }],
    ['a flash’s number', { type: 'flash', node: host, serial: tooMuch }],
    ['a count of touched messages', { type: 'trace', events: [], touched: { f: tooMuch } }],
  ])('with %s beyond the end of counters is refused', (_, message) => {
    expect(() => decodeSystem(encodeValue([systemVersion, message]))).toThrow(SystemMessageError);
  });
});
