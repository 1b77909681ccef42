import type { DiskOp, Effect, ProcessEvent, WriteId } from '../../core/index.js';
import type { PbftMessage, StateMeta } from './messages.js';

/** A write under way; those of snapshots have no id. */
type PendingWrite = {
  readonly write: WriteId | null;
  readonly ops: readonly DiskOp[];
  readonly snapshot: StateMeta | null;
};

/** What one node's disk is known to hold, as told by its writes and their completions: what a crash would leave. */
export type DiskMirror = {
  readonly values: Map<string, unknown>;
  snapshot: StateMeta | null;
  /** Writes under way, in order. */
  readonly pending: PendingWrite[];
};

export type WrittenValue = { readonly key: string; readonly value: unknown };

export function createMirror(): DiskMirror {
  return { values: new Map(), snapshot: null, pending: [] };
}

/** Follows what an event completed. Answers with the values that have become durable, in order. */
export function completeWrites(
  mirror: DiskMirror,
  event: ProcessEvent<PbftMessage>,
): readonly WrittenValue[] {
  const done: WrittenValue[] = [];
  if (event.type === 'start') {
    mirror.values.clear();
    mirror.pending.length = 0;
    for (const [key, value] of Object.entries(event.disk.values)) {
      mirror.values.set(key, value);
      done.push({ key, value });
    }
    mirror.snapshot = (event.disk.snapshot?.meta as StateMeta | undefined) ?? null;
  } else if (event.type === 'persisted') {
    while ((mirror.pending[0]?.write ?? Number.POSITIVE_INFINITY) <= event.write) applyNext(mirror, done);
  } else if (event.type === 'snapshotTaken' || event.type === 'snapshotInstalled') {
    while (mirror.pending.some(({ snapshot }) => snapshot?.index === event.index)) applyNext(mirror, done);
  } else if (event.type === 'snapshotRejected') {
    const at = mirror.pending.findLastIndex(({ snapshot }) => snapshot !== null);
    if (at >= 0) mirror.pending.splice(at, 1);
  }
  return done;
}

export function beginWrites(mirror: DiskMirror, effects: readonly Effect<PbftMessage>[]): void {
  for (const effect of effects) {
    if (effect.type === 'persist') {
      mirror.pending.push({ write: effect.write, ops: effect.ops, snapshot: null });
    } else if (effect.type === 'takeSnapshot' || effect.type === 'installSnapshot') {
      mirror.pending.push({ write: null, ops: effect.ops, snapshot: effect.meta as StateMeta });
    }
  }
}

/** What the disk holds for certain under a key when a message that waits for `after` leaves. */
export function heldBy({ values, pending }: DiskMirror, after: WriteId, key: string): unknown {
  let held = values.get(key);
  for (const { write, ops } of pending) {
    if (write === null) continue;
    if (write > after) break;
    for (const op of ops) if (op.kind === 'set' && op.key === key) held = op.value;
  }
  return held;
}

function applyNext(mirror: DiskMirror, done: WrittenValue[]): void {
  const next = mirror.pending.shift();
  if (next === undefined) return;
  if (next.snapshot !== null) mirror.snapshot = next.snapshot;
  for (const op of next.ops) {
    if (op.kind !== 'set') continue;
    mirror.values.set(op.key, op.value);
    done.push({ key: op.key, value: op.value });
  }
}
