import { assert } from '../core/index.js';

/**
 * A deep copy of plain data (numbers, strings, booleans, null, Uint8Array, arrays and objects of them). Throws
 * `AssertionFailed` on anything else, which no state, event or message of a Process may hold.
 */
export function copyPlain<T>(value: T): T {
  return copy(value) as T;
}

function copy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) {
    assert(
      typeof value !== 'function' && typeof value !== 'symbol',
      'plain data holds no functions or symbols',
    );
    return value;
  }
  if (value instanceof Uint8Array) return value.slice();
  if (Array.isArray(value)) return value.map(copy);
  const prototype: unknown = Object.getPrototypeOf(value);
  assert(prototype === Object.prototype || prototype === null, 'plain data holds no instances of classes');
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, copy(field)]));
}
