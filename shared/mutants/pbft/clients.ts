import type { Mutant } from '../mutant.js';

const client = 'consensus/pbft/client';

/** Section 4.1, sessions, and reads of the stores (5.1.3). */
export const clients: readonly Mutant[] = [
  {
    name: 'retry-under-a-new-number',
    breaks: 'A client asks again under the number that it had (4.1).',
    edits: [
      {
        file: client,
        find: 'if (sent.request !== null) transmit(step, sent, state.group.replicas); else orderRead(step, sent);',
        replace: 'orderRead(step, sent);',
      },
    ],
    nodes: 4,
    seedsMax: 200,
    foundBy: ['linearizability', 'progress'],
  },
  {
    name: 'duplicate-applied-again',
    breaks: 'A command that is ordered again is answered like the first time, and not carried out again.',
    edits: [
      {
        file: 'store/sessions',
        find: "if (answer !== undefined) return { kind: 'duplicate', answer };",
        replace: '',
      },
    ],
    nodes: 4,
    seedsMax: 150,
    foundBy: ['linearizability'],
  },
  {
    name: 'read-of-one-store-alone',
    breaks: 'A read of the stores takes a quorum of equal answers (5.1.3).',
    edits: [
      {
        file: 'consensus/pbft/votes',
        find: 'if (ofView.length >= group.quorum) return result;',
        replace: 'if (ofView.length >= group.faults) return result;',
      },
    ],
    nodes: 4,
    seedsMax: 60,
    foundBy: ['linearizability'],
  },
  {
    name: 'read-a-store-that-went-back',
    breaks: 'A restarted replica lets nobody read its store before it is where it was.',
    edits: [
      {
        file: 'consensus/pbft/reads',
        find: 'state.installing !== null || state.handed < state.readsFrom;',
        replace: 'state.installing !== null;',
      },
    ],
    nodes: 4,
    seedsMax: 500,
    foundBy: ['linearizability'],
  },
];
