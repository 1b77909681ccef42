import type { Mutant } from '../mutant.js';

const newView = 'consensus/pbft/new-view';
const viewChange = 'consensus/pbft/view-change';

/** Section 4.4: what a view change tells, and what a new view must hold. */
export const views: readonly Mutant[] = [
  {
    name: 'tell-no-certificates',
    breaks: 'A view change tells all that prepared above its stable checkpoint (4.4, P).',
    edits: [
      {
        file: viewChange,
        find: 'if (slot.prepared !== null && slot.prepared.prePrepare.body.view < view)',
        replace: 'if (slot.prepared !== null && slot.prepared.prePrepare.body.view < 0)',
      },
    ],
    nodes: 4,
    seedsMax: 20,
    foundBy: ['view-change-tells-all'],
  },
  {
    name: 'tell-what-is-not-executed',
    breaks: 'What a replica has executed others may not have: a view change tells it too.',
    edits: [
      {
        file: viewChange,
        find: 'if (slot.prepared !== null && slot.prepared.prePrepare.body.view < view)',
        replace:
          'if (slot.prepared !== null && slot.prepared.prePrepare.body.view < view && slot.sequence > state.executed)',
      },
    ],
    nodes: 4,
    seedsMax: 20,
    foundBy: ['view-change-tells-all'],
  },
  {
    name: 'propose-null-for-what-prepared',
    breaks: 'A new view proposes again what prepared (4.4, O).',
    edits: [
      {
        file: newView,
        find: 'newest.get(sequence)?.prePrepare.body.digest ?? nullDigest;',
        replace: 'nullDigest;',
      },
    ],
    nodes: 4,
    seedsMax: 20,
    foundBy: ['new-view-as-demanded'],
  },
  {
    name: 'leave-out-gaps',
    breaks: 'A new view proposes the null request where nothing prepared (4.4).',
    edits: [
      {
        file: newView,
        find: 'const digest = newest.get(sequence)?.prePrepare.body.digest ?? nullDigest;',
        replace:
          'const digest = newest.get(sequence)?.prePrepare.body.digest; if (digest === undefined) continue;',
      },
    ],
    nodes: 4,
    seedsMax: 60,
    foundBy: ['new-view-as-demanded'],
  },
  {
    name: 'begin-a-view-one-short',
    breaks: 'A view begins with the view changes of a quorum (4.4, V).',
    edits: [
      {
        file: newView,
        find: 'if (all.length < group.quorum || all[0]?.signer !== self) return;',
        replace: 'if (all.length < group.quorum - 1 || all[0]?.signer !== self) return;',
      },
    ],
    nodes: 4,
    seedsMax: 20,
    foundBy: ['new-view-as-demanded'],
  },
  {
    name: 'take-the-first-checkpoint',
    breaks: 'A new view begins at the latest stable checkpoint of its view changes (4.4, min-s).',
    edits: [
      {
        file: newView,
        find: 'if (body.stable.sequence > stable.sequence) stable = body.stable;',
        replace: 'if (stable.sequence === 0) stable = body.stable;',
      },
    ],
    nodes: 4,
    seedsMax: 60,
    foundBy: ['new-view-as-demanded'],
  },
  {
    name: 'propose-over-the-new-view',
    breaks: 'A new primary proposes behind what its view began with (4.4).',
    edits: [
      {
        file: newView,
        find: 'state.nextSequence = last + 1;',
        replace: 'state.nextSequence = state.stable.sequence + 1; void last;',
      },
    ],
    nodes: 4,
    seedsMax: 20,
    foundBy: ['no-contradiction', 'committed-survives'],
  },
  {
    name: 'stay-in-a-left-view',
    breaks: 'Who has asked for a view accepts nothing before it begins (4.4).',
    edits: [{ file: viewChange, find: 'state.isActive = false;', replace: '' }],
    nodes: 4,
    seedsMax: 20,
    foundBy: ['committed-survives'],
  },
  {
    name: 'keep-the-word-of-an-earlier-view',
    breaks: 'What a new view proposes again has to be written again before it can prepare.',
    edits: [
      {
        file: 'consensus/pbft/normal',
        find: 'slot.ownPrepare = null; slot.isAcceptedDurable = false;',
        replace: 'slot.ownPrepare = null;',
      },
    ],
    nodes: 4,
    seedsMax: 20,
    foundBy: ['prepared-needs-quorum', 'promise-needs-disk'],
  },
  {
    name: 'never-ask-for-a-view',
    breaks: 'A backup whose request is not executed in time asks for the next primary (4.4).',
    edits: [
      {
        file: viewChange,
        find: "if (timer === 'request' && state.isActive)",
        replace: "if (timer === 'request' && state.view < 0)",
      },
    ],
    nodes: 4,
    seedsMax: 300,
    foundBy: ['progress'],
  },
];
