/** One exact change of one module's text, as its source reads; any white space there stands for any other. */
export type Edit = {
  /** Below `shared/src`, without its ending: `consensus/raft/election`. */
  readonly file: string;
  /** Must be found exactly once. */
  readonly find: string;
  /** JavaScript: it takes its place in the compiled module. */
  readonly replace: string;
};

/** A protocol, or the host below it, with one rule broken on purpose: the simulator must find it. */
export type Mutant = {
  readonly name: string;
  /** The rule that it breaks, in a sentence, and where that is written. */
  readonly breaks: string;
  readonly edits: readonly Edit[];
  readonly nodes: number;
  /** Within so many seeds, from 1 on, it must be found. */
  readonly seedsMax: number;
  /** The rules whose fall is the right one: those that say what is broken here, the most telling first. */
  readonly foundBy: readonly string[];
};

/** What is broken of one protocol, or of what protocols stand on: by the name under which it is simulated. */
export type MutantList = { readonly protocol: string; readonly mutants: readonly Mutant[] };

/** Rules that are the simulator's own and not a protocol's checker's. */
export const simulatorRules: readonly string[] = [
  'own-code',
  'durable-stays',
  'equal-stores',
  'progress',
  'no-quorum',
  'linearizability',
];
