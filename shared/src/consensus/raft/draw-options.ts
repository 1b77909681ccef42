import { nextChance, nextInt, pick, type RandomState } from '../../core/index.js';
import { parseOptions, type RaftOptions } from './options.js';

/**
 * Options for one seed of the simulator: small batches, windows and logs, so that what a class would see once in a
 * month happens in each run. Batches of one are drawn too: larger ones hide entries of old terms.
 */
export function drawOptions(random: RandomState): RaftOptions {
  const leaseReads = nextChance(random, 0.4);
  // Long leases as often as short ones: what an old leader answers under one shows once the next has committed meanwhile.
  const electionTimeoutMinMs = nextChance(random, leaseReads ? 0.5 : 0.8)
    ? nextInt(random, 100, 300)
    : nextInt(random, 300, 1_500);
  // Where timeouts lie far apart, a leader that is cut off believes in itself long after another was elected: only its lease,
  // or the lack of it, keeps it from answering.
  const isWide = nextChance(random, leaseReads ? 0.7 : 0.2);
  const spreadMs = isWide ? nextInt(random, 300, 2_000) : nextInt(random, 20, 300);
  const drawn = {
    electionTimeoutMinMs,
    electionTimeoutMaxMs: electionTimeoutMinMs + spreadMs,
    heartbeatMs: nextInt(random, 20, 60),
    preVote: nextChance(random, 0.7),
    checkQuorum: nextChance(random, 0.8),
    commitNoticeMs: nextInt(random, 0, 10),
    entriesPerMessageMax: pick(random, [1, 2, 8, 512]),
    inflightMessagesMax: pick(random, [1, 2, 4, 16]),
    snapshotEveryEntries: pick(random, [5, 20, 100, 4_096]),
    snapshotTrailingEntries: pick(random, [0, 3, 20, 512]),
    snapshotInstallTimeoutMs: nextInt(random, 200, 2_000),
    requestTimeoutMs: pick(random, [5_000, 60_000]),
    retryMinMs: nextInt(random, 50, 300),
    retryMaxMs: nextInt(random, 300, 2_000),
    leaseReads,
    inflightBytesMax: pick(random, [1_024, 16_384, 1024 * 1024]),
    uncommittedEntriesMax: pick(random, [2, 16, 16_384]),
    uncommittedBytesMax: pick(random, [1_024, 1024 * 1024]),
    catchUpRoundsMax: pick(random, [1, 3, 10]),
    catchUpTimeoutMs: nextInt(random, 500, 30_000),
  };
  return parseOptions({ ...drawn, checkQuorum: drawn.checkQuorum || drawn.leaseReads });
}
