import type { DiskImage, NodeId, Salvaged } from '../../core/index.js';
import { configurationOf, firstConfiguration } from './configuration.js';
import * as logs from './log.js';
import { readDisk } from './recovery.js';
import type { SnapshotMeta } from './state.js';
import { hardStateKey } from './step.js';

/**
 * Beyond the paper, and outside its guarantees: the log of a server whose quorum has gone for good, as the beginning of a
 * new run in which it votes alone. Log and snapshot stay as they are but for the configurations in them, which named
 * servers that will never answer again; their entries become no-ops, so that every index stays what it was. The term stays
 * as well, since entries of the new run must not seem older than those that they follow; its vote is of no use any more.
 *
 * Others join by a change of voters: were they voters from the start, with empty logs, a majority of them could elect a
 * leader without any of this. Throws when the disk holds what Raft never wrote.
 */
export function salvage(disk: DiskImage, self: NodeId): Salvaged {
  const { hardState, snapshot, log } = readDisk(disk);
  const alone = { ...firstConfiguration, configuration: configurationOf([self]) };
  const meta: SnapshotMeta | null = snapshot === null ? null : { ...snapshot.meta, configuration: alone };
  const currentTerm = Math.max(hardState.currentTerm, logs.lastTerm(log));
  const image: DiskImage = {
    values: { [hardStateKey]: { currentTerm, votedFor: null } },
    log: log.entries.map((entry, i) => ({
      index: log.offset + 1 + i,
      value: entry.kind === 'configuration' ? { term: entry.term, kind: 'noop' } : entry,
    })),
    snapshot: snapshot === null ? null : { index: snapshot.index, meta },
  };
  return {
    image,
    lastIndex: logs.lastIndex(log),
    lastReign: logs.lastTerm(log),
    committedIndex: snapshot?.index ?? 0,
  };
}
