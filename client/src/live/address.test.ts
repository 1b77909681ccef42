import { describe, expect, test } from 'vitest';
import { parseAddress, searchOf } from './address.js';
import { browserName } from './browser-name.js';

describe('the address', () => {
  test.each([
    ['', { page: 'front', room: null, key: null }],
    ['?host=1&name=Ada', { page: 'host', name: 'Ada', room: null }],
    ['?host=1', { page: 'front', room: null, key: null }],
    [
      '?room=maple-otter-42&name=%EB%AF%BC%EC%A7%80',
      { page: 'join', room: 'maple-otter-42', name: '민지', key: null },
    ],
    ['?room=maple-otter-42', { page: 'front', room: 'maple-otter-42', key: null }],
    ['?room=maple-otter-42&key=abcd', { page: 'front', room: 'maple-otter-42', key: 'abcd' }],
    ['?key=abcd', { page: 'front', room: null, key: null }],
    ['?room=maple-otter-42&watch=1', { page: 'watch', room: 'maple-otter-42', key: null }],
  ])('%s says where to go', (search, address) => {
    expect(parseAddress(search)).toEqual(address);
  });

  test('that is shown brings this very node back', () => {
    const address = { page: 'join', room: 'maple-otter-42', name: 'tiger 2 & co', key: null } as const;
    expect(parseAddress(searchOf(address))).toEqual(address);
    const watch = { page: 'watch', room: 'maple-otter-42', key: 'mq4zk7h2ws3apx6d' } as const;
    expect(parseAddress(searchOf(watch))).toEqual(watch);
  });
});

describe('the browser', () => {
  test.each([
    [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
      'Chrome/laptop',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile/15E148 Safari/604.1',
      'Safari/phone',
    ],
    ['Mozilla/5.0 (Android 16; Mobile; rv:153.0) Gecko/153.0 Firefox/153.0', 'Firefox/phone'],
    [
      'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36 Edg/156.0',
      'Edge/laptop',
    ],
  ])('of %s has a name', (userAgent, name) => {
    expect(browserName(userAgent)).toBe(name);
  });
});
