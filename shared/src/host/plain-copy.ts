import { assert } from '../core/index.js';

/**
 * A deep copy of plain data (numbers, strings, booleans, null, Uint8Array, arrays and objects of them). Bytes are values,
 * which nobody changes in place: the copy shares them. Throws `AssertionFailed` on anything else, which no state, event or
 * message of a Process may hold.
 */
export function copyPlain<T>(value: T): T {
  return copyAny(value) as T;
}

function copyAny(value: unknown): unknown {
  return isAtom(value) ? value : copy(value);
}

function copy(value: object): object {
  if (Array.isArray(value)) {
    const items: unknown[] = value.slice();
    for (let i = 0; i < items.length; i++) {
      const item = items[i];
      if (!isAtom(item)) items[i] = copy(item);
    }
    return items;
  }
  if (value instanceof Uint8Array) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  assert(prototype === Object.prototype || prototype === null, 'plain data holds no instances of classes');
  // To spread and then replace is several times faster than to build it field by field.
  const fields: { [key: string]: unknown } = { ...value };
  for (const key in fields) {
    const field = fields[key];
    if (!isAtom(field)) fields[key] = copy(field);
  }
  return fields;
}

function isAtom(value: unknown): value is string | number | boolean | null | undefined {
  const type = typeof value;
  assert(type !== 'function' && type !== 'symbol', 'plain data holds no functions or symbols');
  return type !== 'object' || value === null;
}
