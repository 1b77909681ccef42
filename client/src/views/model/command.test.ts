import { describe, expect, it } from 'vitest';
import { commandText, parseCommand, valueText } from './command.js';

const commandOf = (line: string): unknown => {
  const parsed = parseCommand(line);
  return parsed.ok ? parsed.command : parsed.problem;
};

describe('the command line', () => {
  it('reads each command with values as JSON, or as text where they are none', () => {
    expect(commandOf('put /class/a 42')).toEqual({ op: 'put', path: '/class/a', value: 42 });
    expect(commandOf('  PUT /a hello there ')).toEqual({ op: 'put', path: '/a', value: 'hello there' });
    expect(commandOf('put /a {"x": [1, 2]}')).toEqual({ op: 'put', path: '/a', value: { x: [1, 2] } });
    expect(commandOf('get /a')).toEqual({ op: 'get', path: '/a' });
    expect(commandOf('delete /a')).toEqual({ op: 'delete', path: '/a' });
    expect(commandOf('list /')).toEqual({ op: 'list', path: '/' });
    expect(commandOf('cas /a 42 "four two"')).toEqual({ op: 'cas', path: '/a', from: 42, to: 'four two' });
  });

  it('says what is wrong with a line that is no command', () => {
    expect(commandOf('')).toBe('empty');
    expect(commandOf('push /a 1')).toBe('unknown');
    expect(commandOf('put a 1')).toBe('path');
    expect(commandOf('put /a')).toBe('value');
    expect(commandOf('cas /a 1')).toBe('cas');
    expect(commandOf('get /a /b')).toBe('extra');
  });

  it('writes values so that reading them gives the same', () => {
    for (const value of ['text', '42', '', null, true, 3.5, [1, 'x'], { a: 1 }]) {
      expect(commandOf(`put /a ${valueText(value)}`)).toEqual({ op: 'put', path: '/a', value });
    }
    expect(commandText({ op: 'cas', path: '/a', from: 1, to: 'x' })).toBe('cas /a 1 x');
  });
});
