/** Faults that go on in the background, each message or write by chance. */
export const backgroundKinds = ['loss', 'delay', 'duplication', 'reordering', 'slow-disk', 'torn'] as const;
/** Faults that are actions of the nemesis, at moments of their own. */
export const actionKinds = [
  'partitions',
  'leader-cuts',
  'clogging',
  'crashes',
  'failed-writes',
  'disk-stalls',
  'clock-drift',
  'clock-jumps',
  'pauses',
  'throttling',
  'freezing',
] as const;
/** Faults that nothing heals: the nodes they hit are gone for good, and counted in the fault budget. */
export const finalKinds = ['lost-disks', 'left-down'] as const;
/** Nodes that lie, from the start to the end. */
export const liarKinds = ['liars'] as const;
export const faultKinds = [...backgroundKinds, ...actionKinds, ...finalKinds, ...liarKinds] as const;

export type BackgroundKind = (typeof backgroundKinds)[number];
export type ActionKind = (typeof actionKinds)[number];
export type FinalKind = (typeof finalKinds)[number];
export type FaultKind = (typeof faultKinds)[number];
