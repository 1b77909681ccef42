import { copyEdited } from './copy.js';
import type { Mutant } from './mutant.js';

/** What came of the seeds of one mutant. */
export type Finding = {
  readonly name: string;
  /** `wrong-rule`: the first rule to fall says something else than what is broken. */
  readonly verdict: 'found' | 'wrong-rule' | 'not-found';
  /** The rule that fell, where, and why; null for none. */
  readonly rule: string | null;
  readonly why: string;
  /** The first violated seed, and so how many were needed; null for none. */
  readonly seed: number | null;
  readonly seconds: number;
};

type Sim = typeof import('../src/sim/index.js');

/** Steps of a seed before its faults end: as many as `npm run sim` takes. */
export const stepsPerSeed = 4_000;

/** Runs seeds of a mutant, from 1 on, until a rule falls or its bound is reached. Throws `EditError`. */
export async function hunt(protocolName: string, mutant: Mutant): Promise<Finding> {
  const { name, edits, nodes, seedsMax, foundBy } = mutant;
  const startedMs = performance.now();
  const copy = copyEdited(name, edits);
  try {
    const { runSeed, findSimulated, faultKinds }: Sim = await import(copy.moduleUrl('sim/index'));
    const protocol = findSimulated(protocolName);
    if (protocol === null) throw new RangeError(`there is no protocol ${protocolName}`);
    const faults = new Set(faultKinds);
    const seconds = (): number => (performance.now() - startedMs) / 1000;
    for (let seed = 1; seed <= seedsMax; seed++) {
      const { verdict, rule, why } = runSeed({ protocol, nodes, seed, steps: stepsPerSeed, faults });
      if (verdict !== 'violated' || rule === null) continue;
      const isRight = foundBy.includes(rule);
      return { name, verdict: isRight ? 'found' : 'wrong-rule', rule, why, seed, seconds: seconds() };
    }
    return { name, verdict: 'not-found', rule: null, why: '', seed: null, seconds: seconds() };
  } finally {
    copy.remove();
  }
}
