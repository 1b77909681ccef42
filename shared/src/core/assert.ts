/** A rule of our own code does not hold. The host crashes the node, the simulator reports the seed. */
export class AssertionFailed extends Error {
  override readonly name = 'AssertionFailed';
}

/** Throws `AssertionFailed` unless `condition` holds. `rule` is a sentence that says what must hold. */
export function assert(condition: boolean, rule: string): asserts condition {
  if (!condition) throw new AssertionFailed(rule);
}

/** Marks a branch that no value can reach; fails to compile when a union has grown. */
export function unreachable(value: never): never {
  throw new AssertionFailed(`unreachable: ${JSON.stringify(value)}`);
}
