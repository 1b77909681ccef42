/** Plain state of an sfc32 generator (Chris Doty-Humphrey, PractRand); serialisable, so a recording can be run again. */
export type RandomState = { a: number; b: number; c: number; counter: number };

/** A generator from any 32-bit seed and a label that splits it by purpose: equal inputs, equal sequence. */
export function seedRandom(seed: number, label = ''): RandomState {
  let hash = 0x811c9dc5;
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193);
  const state: RandomState = { a: seed | 0, b: hash | 0, c: Math.imul(seed, 0x9e3779b9) | 0, counter: 1 };
  for (let i = 0; i < 12; i++) nextUint32(state);
  return state;
}

/** The next integer in [0, 2^32). Changes `state`. */
export function nextUint32(state: RandomState): number {
  const sum = (((state.a + state.b) | 0) + state.counter) | 0;
  state.counter = (state.counter + 1) | 0;
  state.a = state.b ^ (state.b >>> 9);
  state.b = (state.c + (state.c << 3)) | 0;
  state.c = (state.c << 21) | (state.c >>> 11);
  state.c = (state.c + sum) | 0;
  return sum >>> 0;
}

/** The next number in [0, 1). Changes `state`. */
export function nextFloat(state: RandomState): number {
  return nextUint32(state) / 0x100000000;
}

/** The next integer in [min, max], both included. Changes `state`. */
export function nextInt(state: RandomState, min: number, max: number): number {
  return min + Math.floor(nextFloat(state) * (max - min + 1));
}

/** True with probability `chance`. Changes `state`. */
export function nextChance(state: RandomState, chance: number): boolean {
  return nextFloat(state) < chance;
}

/** One of `items`, which must not be empty. Changes `state`. */
export function pick<T>(state: RandomState, items: readonly T[]): T {
  const item = items[nextInt(state, 0, items.length - 1)];
  if (item === undefined) throw new RangeError('pick needs at least one item');
  return item;
}
