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

const host = 'a'.repeat(26);

describe('a message of the system plane', () => {
  const messages: readonly SystemMessage[] = [
    { type: 'hello', document: createDocument('maple-otter-42', host, 5), tabs: [], wantsTrace: true },
    { type: 'hello', document: null, tabs: [], wantsTrace: false },
    { type: 'order', id: 1, action: 'crash' },
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
    ['an unknown type', [1, { type: 'explode' }]],
    ['an order that is none', [1, { type: 'order', id: 1, action: 'lie' }]],
    [
      'a document with a pace of zero',
      [1, { type: 'document', document: { ...createDocument('maple-otter-42', host, 5), pace: 0 } }],
    ],
    ['too many events', [1, { type: 'trace', events: new Array(5000).fill(null), touched: {} }]],
  ])('that is %s is refused', (_, value) => {
    expect(() => decodeSystem(encodeValue(value))).toThrow(SystemMessageError);
  });
});
