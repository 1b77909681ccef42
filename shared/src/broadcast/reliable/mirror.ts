import type { DiskImage, DiskOp, Effect, NodeId, ProcessEvent, WriteId } from '../../core/index.js';
import { emptyDisk } from '../../core/index.js';
import { includes, type Received } from '../common/received.js';
import { readDisk } from './recovery.js';
import { createOrigin, type Entry, known, type Origin } from './state.js';
import { learn, nameOf } from './store.js';

/** What the checker knows of one node's disk: by what it was told to write, and what that node was told is written. */
export type Mirror = {
  readonly isUniform: boolean;
  origins: { [origin: NodeId]: Origin };
  /** Of each message that it ever held, on its disk at some time: its sequence number by origin. */
  readonly pending: { readonly write: WriteId; readonly ops: readonly DiskOp[] }[];
};

export function createMirror(isUniform: boolean): Mirror {
  return { isUniform, origins: readDisk(emptyDisk, isUniform).origins, pending: [] };
}

/** Before the step's own effects: what it was told is on disk, is. */
export function completeWrites(mirror: Mirror, event: ProcessEvent<unknown>): void {
  if (event.type === 'start') return restart(mirror, event.disk);
  if (event.type !== 'persisted') return;
  while (mirror.pending[0] !== undefined && mirror.pending[0].write <= event.write) {
    for (const op of mirror.pending.shift()?.ops ?? [])
      if (op.kind === 'append') apply(mirror, op.value as Entry);
  }
}

export function beginWrites(mirror: Mirror, effects: readonly Effect<unknown>[]): void {
  for (const effect of effects) {
    if (effect.type === 'persist') mirror.pending.push({ write: effect.write, ops: effect.ops });
  }
}

/** All of these are on its disk, or were, or are given up there. */
export function hasOnDisk({ origins }: Mirror, name: NodeId, { upTo, ahead }: Readonly<Received>): boolean {
  const have = known(origins, name)?.have ?? { upTo: 0, ahead: [] };
  return upTo <= have.upTo && ahead.every((sequence) => includes(have, sequence));
}

/** This one is on its disk, or was, or is given up there. */
export function hasOne({ origins }: Mirror, name: NodeId, sequence: number): boolean {
  const have = known(origins, name)?.have;
  return have !== undefined && includes(have, sequence);
}

function restart(mirror: Mirror, disk: DiskImage): void {
  mirror.pending.length = 0;
  mirror.origins = readDisk(disk, mirror.isUniform).origins;
}

function apply(mirror: Mirror, entry: Entry): void {
  const origin = known(mirror.origins, nameOf(entry)) ?? createOrigin();
  mirror.origins[nameOf(entry)] = origin;
  learn(entry, mirror.isUniform, origin);
}
