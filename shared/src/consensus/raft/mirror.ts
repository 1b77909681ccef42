import type { DiskOp, Effect, Index, NodeId, ProcessEvent, Reign, WriteId } from '../../core/index.js';
import type { LogEntry } from './log.js';
import type { RaftMessage } from './messages.js';
import type { SnapshotMeta } from './state.js';
import { hardStateKey } from './step.js';

type HardState = { readonly currentTerm: Reign; readonly votedFor: NodeId | null };

/** What one node's disk is known to hold, as told by its writes and their completions: what a crash would leave. */
export type DiskMirror = {
  hardState: HardState;
  snapshotIndex: Index;
  /** Terms of the durable entries after `offset`. */
  offset: Index;
  terms: Reign[];
  /** Writes under way, in order; those of snapshots have no id. */
  readonly pending: {
    readonly write: WriteId | null;
    readonly index: Index;
    readonly ops: readonly DiskOp[];
  }[];
};

export function createMirror(): DiskMirror {
  return {
    hardState: { currentTerm: 0, votedFor: null },
    snapshotIndex: 0,
    offset: 0,
    terms: [],
    pending: [],
  };
}

/** True when the disk holds the entry of `term` at `index`, in its log or inside its snapshot. */
export function holdsDurably(mirror: DiskMirror, index: Index, term: Reign): boolean {
  return index <= mirror.snapshotIndex || mirror.terms[index - mirror.offset - 1] === term;
}

/** Follows what a step's event completed. Done before `beginWrites`: a completion is of an earlier step's write. */
export function completeWrites(mirror: DiskMirror, event: ProcessEvent<RaftMessage>): void {
  if (event.type === 'start') {
    const { disk } = event;
    const hardState = disk.values[hardStateKey] as HardState | undefined;
    mirror.hardState = hardState ?? { currentTerm: 0, votedFor: null };
    const meta = disk.snapshot?.meta as SnapshotMeta | undefined;
    mirror.snapshotIndex = disk.snapshot?.index ?? 0;
    mirror.offset = (disk.log[0]?.index ?? (meta?.compactedIndex ?? 0) + 1) - 1;
    mirror.terms = disk.log.map(({ value }) => (value as LogEntry).term);
    mirror.pending.length = 0;
  } else if (event.type === 'persisted') {
    while ((mirror.pending[0]?.write ?? Number.POSITIVE_INFINITY) <= event.write) applyNext(mirror);
  } else if (event.type === 'snapshotTaken' || event.type === 'snapshotInstalled') {
    if (mirror.pending[0]?.write === null) applyNext(mirror);
    mirror.snapshotIndex = event.index;
  } else if (event.type === 'snapshotRejected') {
    // It was refused before anything of it was written.
    const at = mirror.pending.findIndex(({ write }) => write === null);
    if (at >= 0) mirror.pending.splice(at, 1);
  }
}

export function beginWrites(mirror: DiskMirror, effects: readonly Effect<RaftMessage>[]): void {
  for (const effect of effects) {
    if (effect.type === 'persist') mirror.pending.push({ write: effect.write, index: 0, ops: effect.ops });
    else if (effect.type === 'takeSnapshot' || effect.type === 'installSnapshot') {
      mirror.pending.push({ write: null, index: effect.index, ops: effect.ops });
    }
  }
}

function applyNext(mirror: DiskMirror): void {
  const next = mirror.pending.shift();
  if (next === undefined) return;
  for (const op of next.ops) {
    switch (op.kind) {
      case 'set':
        mirror.hardState = op.value as HardState;
        break;
      case 'append':
        if (mirror.terms.length === 0) mirror.offset = op.index - 1;
        mirror.terms.push((op.value as LogEntry).term);
        break;
      case 'truncateFrom':
        mirror.terms.length = Math.max(0, op.index - mirror.offset - 1);
        break;
      case 'compactTo':
        if (op.index <= mirror.offset) break;
        mirror.terms.splice(0, op.index - mirror.offset);
        mirror.offset = op.index;
        break;
    }
  }
}
