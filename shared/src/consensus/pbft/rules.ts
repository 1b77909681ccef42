import type { Rule } from '../../core/index.js';

const sentences = {
  'one-prepared': 'In one view at most one batch prepares at a sequence number.',
  'prepared-needs-quorum':
    'A batch prepares by the word of its primary and of backups, a quorum in all, each of which has accepted it durably.',
  'no-contradiction': 'A replica accepts one batch at a sequence number in a view, across its crashes too.',
  'primary-alone-proposes': 'Only the primary of a view is believed about what is proposed in it.',
  'commit-needs-quorum':
    'A batch is executed once a quorum has committed to it, each with a durable certificate.',
  'tentative-needs-certificate':
    'What is executed before it has committed has a durable certificate of the view in force, and all before it has committed.',
  'committed-survives':
    'What has prepared at a quorum, or was executed, is all that a later view accepts at its sequence number.',
  'new-view-as-demanded':
    'A view begins with what the certificates of a quorum of view changes demand, all of it and nothing else.',
  'view-change-tells-all': 'A view change tells everything that prepared above its stable checkpoint.',
  agreement:
    'No two replicas execute different batches at a sequence number, or at different entries of the store.',
  'executed-in-order': 'Batches are executed one after the other, none left out and none twice.',
  'stable-needs-quorum':
    'A checkpoint is stable by the equal statements of a quorum; a state is installed by those of f + 1.',
  'equal-checkpoints': 'Replicas state the same at one checkpoint, and only that becomes stable.',
  watermarks:
    'A replica holds and accepts sequence numbers between its watermarks alone; the low one is a checkpoint and never falls.',
  'view-never-back': 'A replica never returns to an earlier view, across its crashes too.',
  'left-view': 'Who has asked for a view says nothing in an earlier one any more.',
  'promise-needs-disk': 'No replica says what its disk does not hold yet.',
} as const;

export type RuleName = keyof typeof sentences;

/** Section 4's properties, and those of an implementation. */
export const rules: readonly Rule[] = Object.entries(sentences).map(([name, sentence]) => ({
  name,
  sentence,
}));
