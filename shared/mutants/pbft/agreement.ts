import type { Mutant } from '../mutant.js';

const normal = 'consensus/pbft/normal';
const slots = 'consensus/pbft/slots';
const execution = 'consensus/pbft/execution';

/** Section 4.2: what prepares, what commits, what is executed. */
export const agreement: readonly Mutant[] = [
  {
    name: 'prepare-one-short',
    breaks: 'A batch prepares by the word of a quorum, its primary included (4.2).',
    edits: [
      {
        file: normal,
        find: 'matchingPrepares(state, slot).slice(0, state.group.quorum - 1); if (prepares.length < state.group.quorum - 1) return;',
        replace:
          'matchingPrepares(state, slot).slice(0, state.group.quorum - 2); if (prepares.length < state.group.quorum - 2) return;',
      },
    ],
    nodes: 4,
    seedsMax: 20,
    foundBy: ['prepared-needs-quorum'],
  },
  {
    name: 'commit-one-short',
    breaks: 'A batch is executed once a quorum has committed to it (4.2, committed-local).',
    edits: [
      {
        file: slots,
        find: 'matchingCommits(state, slot).length >= state.group.quorum',
        replace: 'matchingCommits(state, slot).length >= state.group.quorum - 1',
      },
    ],
    nodes: 4,
    seedsMax: 20,
    foundBy: ['commit-needs-quorum'],
  },
  {
    name: 'execute-when-prepared',
    breaks: 'What has prepared at one replica is not executed before it has at a quorum (4.2).',
    edits: [
      {
        file: execution,
        find: 'if (slot === undefined || !isCommitted(state, slot) || slot.preparedBatch === null) break;',
        replace: 'if (slot === undefined || slot.preparedBatch === null) break;',
      },
    ],
    nodes: 4,
    seedsMax: 20,
    foundBy: ['commit-needs-quorum'],
  },
  {
    name: 'count-commits-of-another-view',
    breaks: 'Commits count in the view that they are of (4.2).',
    edits: [
      {
        file: slots,
        find: 'return commit !== undefined && commit.view === view && commit.digest === digest;',
        replace: 'return commit !== undefined && commit.digest === digest;',
      },
    ],
    nodes: 4,
    seedsMax: 60,
    foundBy: ['commit-needs-quorum'],
  },
  {
    name: 'count-prepares-of-another-view',
    breaks: 'Prepares count in the view that they are of (4.2).',
    edits: [
      {
        file: slots,
        find: 'return prepare.body.view === view && prepare.body.digest === digest ? [prepare] : [];',
        replace: 'return prepare.body.digest === digest ? [prepare] : [];',
      },
    ],
    nodes: 4,
    seedsMax: 60,
    foundBy: ['prepared-needs-quorum'],
  },
  {
    name: 'count-own-prepare-at-once',
    breaks: 'The own word counts once the disk has it.',
    edits: [
      {
        file: normal,
        find: "slot.ownPrepare = statementOf(state, 'prepare', accepted.body);",
        replace:
          "slot.ownPrepare = statementOf(state, 'prepare', accepted.body); slot.prepares[state.self] = slot.ownPrepare;",
      },
      {
        file: normal,
        find: 'if (accepted === null || batch === null || !isAcceptedDurable) return;',
        replace: 'if (accepted === null || batch === null) return; void isAcceptedDurable;',
      },
    ],
    nodes: 4,
    seedsMax: 20,
    foundBy: ['prepared-needs-quorum'],
  },
  {
    name: 'count-own-commit-at-once',
    breaks: 'The own commit counts once the disk has the certificate.',
    edits: [
      {
        file: normal,
        find: 'slot.isPreparedDurable = false;',
        replace: 'slot.isPreparedDurable = true; slot.commits[state.self] = accepted.body;',
      },
    ],
    nodes: 4,
    seedsMax: 20,
    foundBy: ['commit-needs-quorum'],
  },
  {
    name: 'execute-with-gaps',
    breaks: 'Requests are executed in the order of their sequence numbers (4.2).',
    edits: [
      {
        file: execution,
        find: 'const slot = state.slots[state.handed + 1]; if (slot === undefined || !isCommitted',
        replace:
          'const slot = Object.values(state.slots).find((each) => each.sequence > state.handed && isCommitted(state, each)); if (slot === undefined || !isCommitted',
      },
    ],
    nodes: 4,
    seedsMax: 20,
    foundBy: ['executed-in-order'],
  },
  {
    name: 'accept-above-the-watermark',
    breaks: 'Nothing above the high watermark is accepted (4.2).',
    edits: [
      {
        file: slots,
        find: 'return sequence > stable.sequence && sequence <= stable.sequence + options.window;',
        replace: 'return sequence > stable.sequence && sequence <= stable.sequence + 2 * options.window;',
      },
    ],
    nodes: 4,
    seedsMax: 60,
    foundBy: ['watermarks'],
  },
  {
    name: 'ask-for-nothing-again',
    breaks: 'What was lost is asked for again (journal version, 5.2).',
    edits: [
      {
        file: 'consensus/pbft/status',
        find: 'broadcast(step, statusOf(state));',
        replace: 'state.statusTicks = 0;',
      },
    ],
    nodes: 4,
    seedsMax: 60,
    foundBy: ['progress'],
  },
  {
    name: 'execute-tentatively-before-durable',
    breaks: 'What is executed tentatively has a durable certificate (5.1.2).',
    edits: [
      {
        file: execution,
        find: 'if (slot === undefined || !isPrepared(state, slot) || !slot.isPreparedDurable) return;',
        replace: 'if (slot === undefined || !isPrepared(state, slot)) return;',
      },
    ],
    nodes: 4,
    seedsMax: 30,
    foundBy: ['tentative-needs-certificate'],
  },
  {
    name: 'keep-what-a-view-change-undoes',
    breaks: 'A view change undoes what was executed and had not committed (5.1.2).',
    edits: [
      {
        file: execution,
        find: "step.effects.push({ type: 'rollback' });",
        replace: '',
      },
    ],
    nodes: 4,
    seedsMax: 60,
    foundBy: ['own-code'],
  },
];
