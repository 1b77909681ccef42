import { OptionsError } from '../../core/index.js';

/** Times are in ms of the lab's clock. A field's name is its unit's. */
export type RaftOptions = {
  /** Election timeouts are drawn from [min, max]; equal values turn the randomisation off (section 5.2). */
  readonly electionTimeoutMinMs: number;
  readonly electionTimeoutMaxMs: number;
  readonly heartbeatMs: number;
  /** Ask whether an election could be won before raising the term (dissertation 9.6). */
  readonly preVote: boolean;
  /** A leader that no quorum answers steps down (6.2), and who hears a leader helps no candidate (4.2.3). */
  readonly checkQuorum: boolean;
  /** Answer reads while a quorum has promised to help no other leader (6.4.1); needs checkQuorum. */
  readonly leaseReads: boolean;
  /** By how much the rates of two nodes' clocks may differ; beyond it a lease may give a stale read. */
  readonly clockDriftPercent: number;
  /** How long a leader waits for entries to carry its commit index before it sends it alone; 0 waits not at all. */
  readonly commitNoticeMs: number;
  readonly entriesPerMessageMax: number;
  readonly bytesPerMessageMax: number;
  /** AppendEntries with entries that may be unanswered by one follower; more entries wait and go together. */
  readonly inflightMessagesMax: number;
  /** What those may weigh, all together, before more waits for an answer. */
  readonly inflightBytesMax: number;
  readonly snapshotEveryEntries: number;
  /** Entries kept behind a snapshot, so that a follower a little behind needs no snapshot. */
  readonly snapshotTrailingEntries: number;
  /** How long a follower that has received a snapshot may take to install it before the leader probes it anew. */
  readonly snapshotInstallTimeoutMs: number;
  /** Requests a leader holds unanswered; beyond, `busy`. */
  readonly pendingRequestsMax: number;
  /** Entries, and their bytes, that a leader's log may hold without their being committed; beyond, `busy`. */
  readonly uncommittedEntriesMax: number;
  readonly uncommittedBytesMax: number;
  /** How many rounds, and how long altogether, newcomers may take to catch up before they vote (4.2.1). */
  readonly catchUpRoundsMax: number;
  readonly catchUpTimeoutMs: number;
  readonly commandBytesMax: number;
  /** Requests of one tab's users that may wait for an answer; beyond, `busy`. */
  readonly clientRequestsMax: number;
  readonly requestTimeoutMs: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
};

type Flag = 'preVote' | 'checkQuorum' | 'leaseReads';
type Numeric = Exclude<keyof RaftOptions, Flag>;

/** Default and allowed range of each number. */
const numbers: { readonly [name in Numeric]: readonly [byDefault: number, min: number, max: number] } = {
  electionTimeoutMinMs: [150, 10, 600_000],
  electionTimeoutMaxMs: [300, 10, 600_000],
  heartbeatMs: [50, 1, 600_000],
  clockDriftPercent: [10, 0, 1_000],
  commitNoticeMs: [5, 0, 10_000],
  entriesPerMessageMax: [512, 1, 4_096],
  bytesPerMessageMax: [128 * 1024, 1_024, 1024 * 1024],
  inflightMessagesMax: [4, 1, 256],
  inflightBytesMax: [1024 * 1024, 1_024, 64 * 1024 * 1024],
  snapshotEveryEntries: [4_096, 1, 1_000_000],
  snapshotTrailingEntries: [512, 0, 1_000_000],
  snapshotInstallTimeoutMs: [2_000, 10, 600_000],
  pendingRequestsMax: [4_096, 1, 65_536],
  uncommittedEntriesMax: [16_384, 1, 1_000_000],
  uncommittedBytesMax: [16 * 1024 * 1024, 1_024, 256 * 1024 * 1024],
  catchUpRoundsMax: [10, 1, 1_000],
  catchUpTimeoutMs: [30_000, 10, 3_600_000],
  commandBytesMax: [64 * 1024, 16, 256 * 1024],
  clientRequestsMax: [1_024, 1, 65_536],
  requestTimeoutMs: [60_000, 10, 3_600_000],
  retryMinMs: [250, 1, 600_000],
  retryMaxMs: [2_000, 1, 600_000],
};

const flags: { readonly [name in Flag]: boolean } = { preVote: true, checkQuorum: true, leaseReads: false };

export const defaultOptions: RaftOptions = parseOptions({});

/** Checks what a user gave and fills in defaults. Throws `OptionsError` with what to do. */
export function parseOptions(given: unknown): RaftOptions {
  const fields = asRecord(given);
  const known: readonly string[] = [...Object.keys(numbers), ...Object.keys(flags)];
  for (const name of Object.keys(fields)) {
    if (!known.includes(name)) {
      throw new OptionsError(`Raft has no option "${name}": use ${known.join(', ')}.`);
    }
  }
  const number = (name: Numeric): number => {
    const [byDefault, min, max] = numbers[name];
    const value = fields[name] ?? byDefault;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
      throw new OptionsError(`${name} must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };
  const flag = (name: Flag): boolean => {
    const value = fields[name] ?? flags[name];
    if (typeof value !== 'boolean') throw new OptionsError(`${name} must be true or false.`);
    return value;
  };
  const options: RaftOptions = {
    electionTimeoutMinMs: number('electionTimeoutMinMs'),
    electionTimeoutMaxMs: number('electionTimeoutMaxMs'),
    heartbeatMs: number('heartbeatMs'),
    preVote: flag('preVote'),
    checkQuorum: flag('checkQuorum'),
    leaseReads: flag('leaseReads'),
    clockDriftPercent: number('clockDriftPercent'),
    commitNoticeMs: number('commitNoticeMs'),
    entriesPerMessageMax: number('entriesPerMessageMax'),
    bytesPerMessageMax: number('bytesPerMessageMax'),
    inflightMessagesMax: number('inflightMessagesMax'),
    inflightBytesMax: number('inflightBytesMax'),
    snapshotEveryEntries: number('snapshotEveryEntries'),
    snapshotTrailingEntries: number('snapshotTrailingEntries'),
    snapshotInstallTimeoutMs: number('snapshotInstallTimeoutMs'),
    pendingRequestsMax: number('pendingRequestsMax'),
    uncommittedEntriesMax: number('uncommittedEntriesMax'),
    uncommittedBytesMax: number('uncommittedBytesMax'),
    catchUpRoundsMax: number('catchUpRoundsMax'),
    catchUpTimeoutMs: number('catchUpTimeoutMs'),
    commandBytesMax: number('commandBytesMax'),
    clientRequestsMax: number('clientRequestsMax'),
    requestTimeoutMs: number('requestTimeoutMs'),
    retryMinMs: number('retryMinMs'),
    retryMaxMs: number('retryMaxMs'),
  };
  checkTogether(options);
  return options;
}

function checkTogether(options: RaftOptions): void {
  const { electionTimeoutMinMs, electionTimeoutMaxMs, heartbeatMs, retryMinMs, retryMaxMs } = options;
  if (electionTimeoutMinMs > electionTimeoutMaxMs) {
    throw new OptionsError('electionTimeoutMinMs must not be above electionTimeoutMaxMs.');
  }
  if (heartbeatMs >= electionTimeoutMinMs) {
    throw new OptionsError(
      'heartbeatMs must be below electionTimeoutMinMs, or followers would not wait for the next heartbeat.',
    );
  }
  if (options.leaseReads && !options.checkQuorum) {
    throw new OptionsError(
      'leaseReads needs checkQuorum: a lease rests on voters that help no other leader.',
    );
  }
  if (retryMinMs > retryMaxMs) throw new OptionsError('retryMinMs must not be above retryMaxMs.');
}

function asRecord(given: unknown): { readonly [name: string]: unknown } {
  if (given === undefined || given === null) return {};
  if (typeof given !== 'object' || Array.isArray(given)) {
    throw new OptionsError('Options must be an object such as {"electionTimeoutMinMs": 150}.');
  }
  return given as { readonly [name: string]: unknown };
}
