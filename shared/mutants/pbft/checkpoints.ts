import type { Mutant } from '../mutant.js';

const checkpointsFile = 'consensus/pbft/checkpoints';

/** Section 4.3, and the transfer of state. */
export const checkpoints: readonly Mutant[] = [
  {
    name: 'stable-one-short',
    breaks: 'A checkpoint is stable by the statements of a quorum (4.3).',
    edits: [
      {
        file: checkpointsFile,
        find: 'provenAmong(state.group.quorum,',
        replace: 'provenAmong(state.group.quorum - 1,',
      },
    ],
    nodes: 4,
    seedsMax: 20,
    foundBy: ['stable-needs-quorum'],
  },
  {
    name: 'forget-above-the-checkpoint',
    breaks: 'A stable checkpoint makes a replica forget what lies below it, and nothing else (4.3).',
    edits: [
      {
        file: checkpointsFile,
        find: 'if (Number(sequence) <= stable.sequence) delete state.slots[Number(sequence)];',
        replace: 'delete state.slots[Number(sequence)];',
      },
    ],
    nodes: 4,
    seedsMax: 40,
    foundBy: ['view-change-tells-all', 'committed-survives'],
  },
  {
    name: 'keep-below-the-checkpoint',
    breaks: 'What lies below the low watermark is forgotten (4.3).',
    edits: [
      {
        file: checkpointsFile,
        find: 'if (Number(sequence) <= stable.sequence) delete state.slots[Number(sequence)];',
        replace: '',
      },
    ],
    nodes: 4,
    seedsMax: 20,
    foundBy: ['watermarks'],
  },
  {
    name: 'snapshot-without-owners',
    breaks: 'Who opened which session is state: it goes with each checkpoint.',
    edits: [
      {
        file: 'consensus/pbft/execution',
        find: 'sessions: state.sessions.map((owner) => ({ ...owner })),',
        replace: 'sessions: [],',
      },
    ],
    nodes: 4,
    seedsMax: 20,
    foundBy: ['equal-stores'],
  },
  {
    name: 'checkpoint-of-a-later-state',
    breaks:
      'A checkpoint is of the state right after its sequence number: nothing follows before the snapshot is taken (4.3).',
    edits: [
      {
        file: 'consensus/pbft/execution',
        find: 'while (state.installing === null && !isAtCheckpoint(state)) {',
        replace: 'while (state.installing === null) {',
      },
      {
        file: 'consensus/pbft/execution',
        find: 'return handed % options.checkpointInterval === 0 && handed > taken;',
        replace: 'return handed - (handed % options.checkpointInterval) > taken;',
      },
      {
        file: 'consensus/pbft/execution',
        find: 'sequence: state.executed,',
        replace: 'sequence: state.executed - (state.executed % state.options.checkpointInterval),',
      },
    ],
    nodes: 4,
    seedsMax: 20,
    foundBy: ['equal-checkpoints', 'executed-in-order'],
  },
];
