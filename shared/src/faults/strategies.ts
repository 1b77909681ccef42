/** How a node lies; by these names everywhere. */
export const strategies = [
  'silent',
  'delaying',
  'equivocating',
  'corrupt-digest',
  'vote-for-all',
  'forge-votes',
  'replay',
  'lie-in-view-change',
  'lie-in-checkpoint',
  'lie-to-clients',
  'targeted',
  'colluding',
  'random',
] as const;
export type Strategy = (typeof strategies)[number];

/** Who lies, and how. Liars with equal `plan`s and one `club` act together. */
export type LiarSpec = {
  readonly strategy: Strategy;
  readonly plan: number;
  /** All that share the plan, this node included. */
  readonly club: readonly string[];
};
