import { describe, expect, it } from 'vitest';
import { concerns, FaultError, FaultTable, parseFault } from './index.js';

describe('parsing a fault', () => {
  it('fills in what was left out', () => {
    expect(parseFault({ kind: 'drop', from: 'a', to: '*' })).toEqual({
      kind: 'drop',
      from: 'a',
      to: '*',
      rate: 1,
    });
    expect(parseFault({ kind: 'delay', from: 'a', to: 'b' })).toEqual({
      kind: 'delay',
      from: 'a',
      to: 'b',
      ms: 100,
      rate: 1,
    });
    expect(parseFault({ kind: 'cut', from: 'a', to: 'b' })).toEqual({ kind: 'cut', from: 'a', to: 'b' });
  });

  it.each([
    ['an unknown kind', { kind: 'melt', from: 'a', to: 'b' }, 'kind'],
    ['a rate above 1', { kind: 'drop', from: 'a', to: 'b', rate: 1.5 }, 'rate'],
    ['a negative delay', { kind: 'delay', from: 'a', to: 'b', ms: -1 }, 'ms'],
    ['a missing node', { kind: 'cut', from: 'a' }, 'to'],
    ['a field it does not have', { kind: 'cut', from: 'a', to: 'b', rate: 1 }, 'rate'],
    ['an empty node', { kind: 'cut', from: '', to: 'b' }, 'from'],
    ['no object at all', 'cut', 'fault'],
  ])('refuses %s with the field and what to give instead', (_name, given, field) => {
    expect(() => parseFault(given)).toThrow(FaultError);
    expect(() => parseFault(given)).toThrow(new RegExp(`^${field}: .*Give \\{kind:`));
  });

  it('concerns a direction, and with * every node', () => {
    const oneWay = parseFault({ kind: 'cut', from: 'a', to: 'b' });
    expect(concerns(oneWay, 'a', 'b')).toBe(true);
    expect(concerns(oneWay, 'b', 'a')).toBe(false);
    const all = parseFault({ kind: 'cut', from: '*', to: 'b' });
    expect(concerns(all, 'c', 'b')).toBe(true);
    expect(concerns(all, 'b', 'c')).toBe(false);
  });
});

describe('the fault table', () => {
  const drop = { id: 'f1', fault: parseFault({ kind: 'drop', from: 'a', to: '*' }) };
  const cut = { id: 'f2', fault: parseFault({ kind: 'cut', from: 'a', to: 'b' }) };

  it('answers with the faults on a link, in the order in which they were set', () => {
    const table = new FaultTable();
    table.replace([drop, cut]);
    expect(table.on('a', 'b')).toEqual([drop, cut]);
    expect(table.on('a', 'c')).toEqual([drop]);
    expect(table.on('b', 'a')).toEqual([]);
    expect(table.find('cut', 'a', 'b')).toBe(cut);
    expect(table.find('cut', 'a', 'c')).toBeUndefined();
  });

  it('has forgotten what it answered before once the faults are replaced', () => {
    const table = new FaultTable();
    table.replace([drop]);
    table.on('a', 'b');
    table.replace([cut]);
    expect(table.on('a', 'b')).toEqual([cut]);
    table.replace([]);
    expect(table.on('a', 'b')).toEqual([]);
  });

  it('counts the messages that each fault touched, and keeps the counts of those that stay', () => {
    const table = new FaultTable();
    table.replace([drop, cut]);
    table.touch(drop);
    table.touch(drop);
    table.touch(cut);
    expect(table.counts()).toEqual({ f1: 2, f2: 1 });
    table.replace([drop]);
    expect(table.counts()).toEqual({ f1: 2 });
  });
});
