/**
 * A part of `items` that still `fails` and of which nothing can be left out singly, in their order: Zeller's ddmin. `items`
 * as a whole must fail. Asks less when `fails` answers false from some point on, and the part is larger then.
 */
export function minimise<Item>(
  items: readonly Item[],
  fails: (items: readonly Item[]) => boolean,
): readonly Item[] {
  let left = items;
  let parts = 2;
  while (left.length > 0) {
    const smaller = withoutAPart(left, Math.min(parts, left.length), fails);
    if (smaller !== null) {
      left = smaller;
      parts = Math.max(2, parts - 1);
    } else if (parts >= left.length) break;
    else parts *= 2;
  }
  return left;
}

/** `items` without one of so many parts of about the same size, if that still fails; else null. */
function withoutAPart<Item>(
  items: readonly Item[],
  parts: number,
  fails: (items: readonly Item[]) => boolean,
): readonly Item[] | null {
  for (let part = 0; part < parts; part++) {
    const from = Math.floor((part * items.length) / parts);
    const to = Math.floor(((part + 1) * items.length) / parts);
    const rest = items.toSpliced(from, to - from);
    if (fails(rest)) return rest;
  }
  return null;
}
