import { describe, expect, it } from 'vitest';
import { encodeValue, WireError } from '../wire/index.js';
import {
  CommandError,
  type CommandResult,
  decodeOperation,
  decodeResult,
  encodeOperation,
  encodeRefusal,
  storeLimits,
} from './index.js';

const deep = (depth: number): unknown => (depth === 0 ? 0 : [deep(depth - 1)]);
const pathOf = (depth: number): string => '/a'.repeat(depth);

describe('a command', () => {
  it.each<[string, unknown]>([
    ['a get', { op: 'get', path: '/a' }],
    [
      'a put with all there is',
      { op: 'put', path: '/Klasse/Größe_1.b-c/한국', value: { a: [1, null, 'x', true, 1.5] }, ifVersion: 0 },
    ],
    ['a delete as deep as can be', { op: 'delete', path: pathOf(16), ifVersion: 3 }],
    ['a cas', { op: 'cas', path: '/a', from: null, to: [] }],
    ['a list of the top', { op: 'list', path: '/' }],
    ['a value as deep as can be', { op: 'put', path: '/a', value: deep(32) }],
    [
      'a value as large as can be',
      { op: 'put', path: '/a', value: 'x'.repeat(storeLimits.valueBytesMax - 3) },
    ],
  ])('comes back as it was: %s', (_, command) => {
    expect(decodeOperation(encodeOperation(command))).toEqual(command);
  });

  it('with an undefined condition has none', () => {
    expect(decodeOperation(encodeOperation({ op: 'delete', path: '/a', ifVersion: undefined }))).toEqual({
      op: 'delete',
      path: '/a',
    });
  });

  it.each<[string, unknown, string]>([
    ['no object', 'get /a', 'op is one of'],
    ['an unknown op', { op: 'inc', path: '/a' }, 'op is one of get, put, delete, cas, list'],
    ['no path', { op: 'get' }, 'path is missing'],
    ['a path without its slash', { op: 'get', path: 'a' }, 'looks like /class/a'],
    ['a path that ends in a slash', { op: 'get', path: '/a/' }, 'looks like /class/a'],
    ['a path with a space', { op: 'get', path: '/a b' }, 'looks like /class/a'],
    ['a path too deep', { op: 'get', path: pathOf(17) }, 'up to 16 parts'],
    ['a part too long', { op: 'get', path: `/${'x'.repeat(65)}` }, '1 to 64 letters'],
    ['the root, which holds no value', { op: 'get', path: '/' }, 'looks like /class/a'],
    ['no value', { op: 'put', path: '/a' }, 'value is missing'],
    ['a value that is no JSON', { op: 'put', path: '/a', value: () => 1 }, 'value is JSON'],
    ['a number that is none', { op: 'put', path: '/a', value: [Number.NaN] }, 'value is JSON'],
    ['binary data', { op: 'put', path: '/a', value: new Uint8Array(1) }, 'value is JSON'],
    ['a date', { op: 'put', path: '/a', value: new Date(0) }, 'value is JSON'],
    ['half a character', { op: 'put', path: '/a', value: 'x\ud83d' }, 'value is JSON'],
    [
      'a key that would change the prototype',
      { op: 'put', path: '/a', value: JSON.parse('{"__proto__":1}') },
      'value is JSON',
    ],
    ['a value too deep', { op: 'put', path: '/a', value: deep(33) }, 'value is JSON'],
    [
      'a value too large',
      { op: 'put', path: '/a', value: 'x'.repeat(storeLimits.valueBytesMax) },
      'at most 16384 bytes',
    ],
    ['a cas without from', { op: 'cas', path: '/a', to: 1 }, 'from is missing'],
    ['a version that is none', { op: 'put', path: '/a', value: 1, ifVersion: -1 }, 'ifVersion'],
    ['a version of text', { op: 'put', path: '/a', value: 1, ifVersion: '1' }, 'ifVersion is a number'],
    ['a field too many', { op: 'get', path: '/a', value: 1 }, 'does not belong to this command'],
  ])('is refused with what to do: %s', (_, command, why) => {
    expect(() => encodeOperation(command)).toThrow(CommandError);
    expect(() => encodeOperation(command)).toThrow(why);
  });

  it('that refers to itself is refused', () => {
    const value: unknown[] = [];
    value.push(value);
    expect(() => encodeOperation({ op: 'put', path: '/a', value })).toThrow(CommandError);
  });
});

describe('a result', () => {
  const results: CommandResult[] = [
    { ok: true, op: 'get', path: '/a', value: { x: 1 }, version: 2 },
    { ok: true, op: 'put', path: '/a', version: 1, index: 9 },
    { ok: true, op: 'delete', path: '/a', existed: false, index: 9 },
    { ok: true, op: 'list', path: '/', paths: ['/a'] },
    { ok: false, op: 'cas', path: '/a', reason: 'value-mismatch', value: null, version: 0 },
  ];

  it.each(results)('comes back as it was: $op', (result) => {
    expect(decodeResult(encodeValue(result))).toEqual(result);
  });

  it('that says why there is none is thrown', () => {
    expect(() => decodeResult(encodeRefusal('not this'))).toThrow(new CommandError('not this'));
  });

  it.each<[string, unknown]>([
    ['nothing', null],
    ['a get without a value', { ok: true, op: 'get', path: '/a', version: 1 }],
    ['a get that failed', { ok: false, op: 'get', path: '/a', reason: 'full', value: null, version: 1 }],
    ['a list of numbers', { ok: true, op: 'list', path: '/', paths: [1] }],
    [
      'a reason nobody knows',
      { ok: false, op: 'put', path: '/a', reason: 'why not', value: null, version: 0 },
    ],
  ])('that no store makes is refused: %s', (_, given) => {
    expect(() => decodeResult(encodeValue(given))).toThrow(WireError);
  });
});
