import type { Mutant } from '../mutant.js';

const normal = 'consensus/pbft/normal';
const recovery = 'consensus/pbft/recovery';

/** What is on disk before it is said, and what a restarted replica still knows. */
export const durability: readonly Mutant[] = [
  {
    name: 'pre-prepare-before-durable',
    breaks:
      'A primary proposes once its disk has what it proposes, or it could contradict itself after a restart.',
    edits: [
      {
        file: normal,
        find: "broadcast(step, { type: 'prePrepare', prePrepare, batch }, state.durability.lastWrite);",
        replace: "broadcast(step, { type: 'prePrepare', prePrepare, batch });",
      },
    ],
    nodes: 4,
    seedsMax: 20,
    foundBy: ['promise-needs-disk'],
  },
  {
    name: 'prepare-before-durable',
    breaks: 'A backup prepares once its disk has what it agrees with.',
    edits: [
      {
        file: normal,
        find: "broadcast(step, { type: 'prepare', prepare: slot.ownPrepare }, write);",
        replace: "broadcast(step, { type: 'prepare', prepare: slot.ownPrepare });",
      },
    ],
    nodes: 4,
    seedsMax: 20,
    foundBy: ['promise-needs-disk'],
  },
  {
    name: 'commit-before-durable',
    breaks: 'A replica commits once its disk has the certificate, which view changes must find.',
    edits: [
      {
        file: normal,
        find: "broadcast(step, { type: 'commit', view, sequence, digest }, write);",
        replace: "broadcast(step, { type: 'commit', view, sequence, digest });",
      },
    ],
    nodes: 4,
    seedsMax: 20,
    foundBy: ['promise-needs-disk'],
  },
  {
    name: 'view-change-before-durable',
    breaks: 'A replica asks for a view once its disk says that it has left the one before.',
    edits: [
      {
        file: 'consensus/pbft/view-change',
        find: "broadcast(step, { type: 'viewChange', viewChange }, write);",
        replace: "broadcast(step, { type: 'viewChange', viewChange }); void write;",
      },
    ],
    nodes: 4,
    seedsMax: 20,
    foundBy: ['promise-needs-disk'],
  },
  {
    name: 'new-view-before-durable',
    breaks: 'A primary begins a view once its disk has it, or a restart could make another one of it.',
    edits: [
      {
        file: 'consensus/pbft/new-view',
        find: 'const after = state.durability.lastWrite;',
        replace: 'const after = 0;',
      },
    ],
    nodes: 4,
    seedsMax: 20,
    foundBy: ['promise-needs-disk'],
  },
  {
    name: 'repeat-view-change-before-durable',
    breaks: 'What is said again waits for the disk as it did the first time.',
    edits: [
      {
        file: 'consensus/pbft/status',
        find: 'const after = durability.viewWrite;',
        replace: 'const after = 0;',
      },
    ],
    nodes: 4,
    seedsMax: 20,
    foundBy: ['promise-needs-disk'],
  },
  {
    name: 'forget-accepted-on-restart',
    breaks: 'A restarted replica still has what it accepted in its view.',
    edits: [
      {
        file: recovery,
        find: 'recoverAccepted(state, slotAt(state, sequence), accepted);',
        replace: 'slotAt(state, sequence);',
      },
    ],
    nodes: 4,
    seedsMax: 30,
    foundBy: ['no-contradiction'],
  },
  {
    name: 'forget-prepared-on-restart',
    breaks: 'A restarted replica still has its certificates.',
    edits: [
      {
        file: recovery,
        find: 'if (certificate?.prePrepare.body.sequence !== sequence) return;',
        replace: 'if (certificate?.prePrepare.body.sequence !== -1) return;',
      },
    ],
    nodes: 4,
    seedsMax: 40,
    foundBy: ['view-change-tells-all', 'committed-survives'],
  },
  {
    name: 'forget-view-on-restart',
    breaks: 'A restarted replica is still in its view.',
    edits: [
      {
        file: recovery,
        find: 'if (held !== undefined) Object.assign(state, v.parse(viewSchema, held));',
        replace: 'void held;',
      },
    ],
    nodes: 4,
    seedsMax: 20,
    foundBy: ['view-never-back'],
  },
  {
    name: 'propose-again-after-restart',
    breaks: 'A restarted primary goes on behind what it has proposed in its view.',
    edits: [
      {
        file: recovery,
        find: 'state.nextSequence = (taken.at(-1)?.sequence ?? low) + 1;',
        replace: 'state.nextSequence = low + 1;',
      },
    ],
    nodes: 4,
    seedsMax: 20,
    foundBy: ['no-contradiction'],
  },
];
