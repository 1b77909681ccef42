import { describe, expect, it } from 'vitest';
import { storeLimits } from './index.js';
import { Tree } from './tree.js';

describe('a tree that is full', () => {
  it('by its bytes takes what makes it smaller, and more once there is room', () => {
    const tree = new Tree();
    const value = 'x'.repeat(storeLimits.valueBytesMax - 3);
    const fitting = Math.floor(storeLimits.bytesMax / storeLimits.valueBytesMax);
    let stored = 0;
    while (tree.put(`/fill/${stored}`, value) !== null) stored += 1;
    expect(stored).toBeGreaterThan(fitting * 0.99);
    expect(stored).toBeLessThanOrEqual(fitting);
    expect(tree.put('/one/more', value)).toBe(null);
    expect(tree.list('/')).toEqual(['/fill']);
    expect(tree.put('/fill/0', value)).toBe(2);
    expect(tree.put('/fill/0', 1)).toBe(3);
    expect(tree.put('/one/more', value)).toBe(1);
    expect(tree.put('/fill/0', value)).toBe(null);
    tree.delete('/fill/1');
    expect(tree.put('/fill/0', value)).toBe(4);
  });

  it('by its entries takes other values, and other paths once one is gone', () => {
    const tree = new Tree();
    for (let at = 0; at < storeLimits.entriesMax; at++) tree.restore(`/k${at}`, { value: 0, version: 1 });
    expect(tree.put('/other', 0)).toBe(null);
    expect(tree.put('/k0', 1)).toBe(2);
    tree.delete('/k1');
    expect(tree.put('/other', 0)).toBe(1);
    expect(tree.size).toBe(storeLimits.entriesMax);
  });
});
