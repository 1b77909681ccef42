import type { Mutant } from '../mutant.js';

const signing = 'host/signing';
const slots = 'consensus/pbft/slots';

/** What only a liar can abuse: signatures, digests, and whom to believe. */
export const lies: readonly Mutant[] = [
  {
    name: 'host-checks-no-signature',
    breaks: 'The host delivers no statement whose signature does not hold.',
    edits: [
      {
        file: signing,
        find: 'if (parts.length === 0) return undefined;',
        replace: 'if (parts.length >= 0) return undefined;',
      },
    ],
    nodes: 4,
    seedsMax: 60,
    foundBy: [
      'prepared-needs-quorum',
      'stable-needs-quorum',
      'new-view-as-demanded',
      'one-prepared',
      'commit-needs-quorum',
    ],
  },
  {
    name: 'believe-a-new-view',
    breaks: 'A backup enters a view that holds what V demands, and no other (4.4).',
    edits: [
      {
        file: 'consensus/pbft/new-view',
        find: 'if (!isAsDemanded(state.group, newView, viewChanges)) {',
        replace: 'if (viewChanges.length === 0) {',
      },
    ],
    nodes: 4,
    seedsMax: 300,
    foundBy: ['new-view-as-demanded'],
  },
  {
    name: 'count-prepares-of-another-batch',
    breaks: 'Prepares count for the batch whose digest they name (4.2).',
    edits: [
      {
        file: slots,
        find: 'return prepare.body.view === view && prepare.body.digest === digest ? [prepare] : [];',
        replace: 'return prepare.body.view === view && digest !== "" ? [prepare] : [];',
      },
    ],
    nodes: 4,
    seedsMax: 60,
    foundBy: ['prepared-needs-quorum'],
  },
  {
    name: 'count-commits-to-another-batch',
    breaks: 'Commits count for the batch whose digest they name (4.2).',
    edits: [
      {
        file: slots,
        find: 'return commit !== undefined && commit.view === view && commit.digest === digest;',
        replace: 'return commit !== undefined && commit.view === view && digest !== "";',
      },
    ],
    nodes: 4,
    seedsMax: 60,
    foundBy: ['commit-needs-quorum'],
  },
  {
    name: 'stable-whatever-is-stated',
    breaks: 'A checkpoint is stable by equal statements (4.3).',
    edits: [
      {
        file: 'consensus/pbft/certificates',
        find: 'const { digest } = statement.body;',
        replace:
          'const digest = statements.find((each) => each.body.sequence === sequence)?.body.digest ?? "";',
      },
    ],
    nodes: 4,
    seedsMax: 100,
    foundBy: ['stable-needs-quorum', 'equal-checkpoints'],
  },
  {
    name: 'believe-one-replica',
    breaks: 'A client believes f + 1 equal answers, of which one at least is honest (4.1).',
    edits: [
      {
        file: 'consensus/pbft/votes',
        find: 'if (!needsQuorum && firm.length > group.faults) return result;',
        replace: 'if (!needsQuorum && firm.length > 0) return result;',
      },
    ],
    nodes: 4,
    seedsMax: 200,
    foundBy: ['linearizability'],
  },
  {
    name: 'accept-a-second-pre-prepare',
    breaks: 'A backup accepts one pre-prepare at a sequence number in a view (4.2).',
    edits: [
      {
        file: 'consensus/pbft/normal',
        find: "note(step, 'conflicting-pre-prepare', { view, sequence, from: prePrepare.signer });",
        replace: 'if (batchDigest(batch) === digest) accept(step, known, prePrepare, batch);',
      },
    ],
    nodes: 4,
    seedsMax: 100,
    foundBy: ['no-contradiction'],
  },
  {
    name: 'commit-for-another',
    breaks: 'A commit is its sender’s (4.2): the channel says whose, and each replica counts once.',
    edits: [
      {
        file: 'consensus/pbft/normal',
        find: 'commits[from] = { view, digest };',
        replace:
          'for (const replica of state.group.replicas) commits[replica] ??= { view, digest }; commits[from] = { view, digest };',
      },
    ],
    nodes: 4,
    seedsMax: 20,
    foundBy: ['commit-needs-quorum'],
  },
];
