import type { DiskOp, Effect, Index, NodeId, ProcessEvent, Reign, WriteId } from '../../core/index.js';
import type { LogEntry } from './log.js';
import type { RaftMessage } from './messages.js';
import type { SnapshotMeta } from './state.js';
import { hardStateKey } from './step.js';

type HardState = { readonly currentTerm: Reign; readonly votedFor: NodeId | null };

/** A write under way, and what the disk will hold when it completes. Those of snapshots have no id. */
type PendingWrite = {
  readonly write: WriteId | null;
  readonly ops: readonly DiskOp[];
  readonly hardState: HardState;
  readonly lastIndex: Index;
};

/** What one node's disk is known to hold, as told by its writes and their completions: what a crash would leave. */
export type DiskMirror = {
  hardState: HardState;
  snapshotIndex: Index;
  /** Terms of the durable entries after `offset`. */
  offset: Index;
  terms: Reign[];
  /** Writes under way, in order. */
  readonly pending: PendingWrite[];
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
    if (effect.type === 'persist') begin(mirror, effect.write, effect.ops);
    else if (effect.type === 'takeSnapshot' || effect.type === 'installSnapshot')
      begin(mirror, null, effect.ops);
  }
}

function begin(mirror: DiskMirror, write: WriteId | null, ops: readonly DiskOp[]): void {
  const before = mirror.pending.at(-1);
  let hardState = before?.hardState ?? mirror.hardState;
  let lastIndex = before?.lastIndex ?? mirror.offset + mirror.terms.length;
  for (const op of ops) {
    if (op.kind === 'set') hardState = op.value as HardState;
    else if (op.kind === 'append') lastIndex = op.index;
    else if (op.kind === 'truncateFrom') lastIndex = op.index - 1;
  }
  mirror.pending.push({ write, ops, hardState, lastIndex });
}

/** What the disk holds for certain when a message that waits for `after` leaves. */
export function heldBy(
  mirror: DiskMirror,
  after: WriteId,
): { readonly hardState: HardState; readonly lastIndex: Index } {
  const covered = mirror.pending.findLast(({ write }) => write !== null && write <= after);
  const { hardState, lastIndex } = covered ?? { ...mirror, lastIndex: mirror.offset + mirror.terms.length };
  return { hardState, lastIndex: Math.max(lastIndex, mirror.snapshotIndex) };
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
