import type { Mutant } from '../mutant.js';

const snapshotsFile = 'consensus/raft/snapshots';

/** Section 7: snapshots taken, sent and installed. */
export const snapshots: readonly Mutant[] = [
  {
    name: 'snapshot-with-a-later-configuration',
    breaks: 'A snapshot carries the configuration of its last included index (7).',
    edits: [
      {
        file: snapshotsFile,
        find: 'const configuration = inForceAt(state, index);',
        replace: 'const configuration = state.configurations.at(-1);',
      },
    ],
    nodes: 3,
    seedsMax: 60,
    foundBy: ['configuration-in-force'],
  },
  {
    name: 'ack-a-snapshot-before-durable',
    breaks: 'A follower acknowledges a snapshot once it is on stable storage (7).',
    edits: [
      {
        file: snapshotsFile,
        find: "step.effects.push({ type: 'installSnapshot', snapshot, index, meta, ops });",
        replace:
          "step.effects.push({ type: 'installSnapshot', snapshot, index, meta, ops }); promise(step, from, { type: 'installSnapshotResponse', term: state.currentTerm, matchIndex: index });",
      },
    ],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['promise-needs-disk'],
  },
  {
    name: 'snapshot-without-sessions',
    breaks: 'A snapshot holds the sessions too: they are part of the state (dissertation 6.3).',
    edits: [{ file: 'store/store', find: 'sessions: this.#sessions.state(),', replace: 'sessions: [],' }],
    nodes: 3,
    seedsMax: 20,
    foundBy: ['equal-stores'],
  },
  {
    name: 'install-a-stale-snapshot',
    breaks: 'A snapshot of what is committed already changes nothing (7).',
    edits: [
      {
        file: snapshotsFile,
        find: 'state.taking !== null || index <= state.commitIndex) {',
        replace: 'state.taking !== null) {',
      },
    ],
    nodes: 3,
    seedsMax: 220,
    foundBy: ['commit-never-back'],
  },
];
