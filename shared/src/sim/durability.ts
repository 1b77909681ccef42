import type { DiskImage, DiskOp, Effect, Index, NodeId, ProcessEvent, Violation } from '../core/index.js';
import { encodeCanonical } from '../wire/index.js';

/** A write that has been asked for and not been reported as durable; `id` is what its report goes by. */
type PendingWrite = {
  readonly id: string;
  readonly ops: readonly DiskOp[];
  readonly snapshot: { readonly index: Index; readonly meta: unknown } | null;
};

/**
 * Holds every disk to its word: what was reported as durable is there when the node starts again, and besides it at most a
 * beginning of the writes that were under way, each of them whole.
 */
export class DurabilityWatch {
  readonly #disks = new Map<string, WatchedDisk>();

  /** After each step of any instance. Answers what a disk has lost or made up, or null. */
  afterStep(
    node: NodeId,
    instance: string,
    event: ProcessEvent<unknown>,
    effects: readonly Effect<unknown>[],
  ): Violation | null {
    const key = `${node} ${instance}`;
    const disk = this.#disks.get(key) ?? new WatchedDisk();
    this.#disks.set(key, disk);
    const why = event.type === 'start' ? disk.restart(event.disk) : null;
    disk.note(event);
    for (const effect of effects) disk.ask(effect);
    return why === null ? null : { rule: 'durable-stays', node, why: `the disk of its ${instance} ${why}` };
  }
}

/** What one instance's disk must hold, and what may be there besides. */
class WatchedDisk {
  #values = new Map<string, unknown>();
  #log: { readonly index: Index; readonly value: unknown }[] = [];
  #snapshot: PendingWrite['snapshot'] = null;
  readonly #pending: PendingWrite[] = [];

  /** Goes on with what was found; answers why that can't be, or null. */
  restart(found: DiskImage): string | null {
    const pending = this.#pending.splice(0);
    const promised = this.#text();
    let holds = this.#equals(found);
    for (const write of pending) {
      if (holds) break;
      this.#apply(write);
      holds = this.#equals(found);
    }
    this.#values = new Map(Object.entries(found.values));
    this.#log = [...found.log];
    this.#snapshot = found.snapshot;
    if (holds) return null;
    return `holds ${this.#text()}, where ${promised} was durable and ${pending.length} writes were under way`;
  }

  note(event: ProcessEvent<unknown>): void {
    if (event.type === 'persisted') this.#settle(`write ${event.write}`);
    else if (event.type === 'snapshotTaken' || event.type === 'snapshotInstalled') {
      this.#settle(`${event.type} ${event.index}`);
    } else if (event.type === 'snapshotRejected') {
      // Rejected within the step that asked for it, before anything is written.
      const at = this.#pending.findLastIndex(({ id }) => id.startsWith('snapshotInstalled'));
      if (at >= 0) this.#pending.splice(at, 1);
    }
  }

  ask(effect: Effect<unknown>): void {
    if (effect.type === 'persist') {
      this.#pending.push({ id: `write ${effect.write}`, ops: effect.ops, snapshot: null });
    } else if (effect.type === 'takeSnapshot' || effect.type === 'installSnapshot') {
      const { type, index, meta, ops } = effect;
      const done = type === 'takeSnapshot' ? 'snapshotTaken' : 'snapshotInstalled';
      this.#pending.push({ id: `${done} ${index}`, ops, snapshot: { index, meta } });
    }
  }

  /** A disk reports in the order in which it was asked: with one write all before it are durable. */
  #settle(id: string): void {
    const last = this.#pending.findIndex((write) => write.id === id);
    for (const write of this.#pending.splice(0, last + 1)) this.#apply(write);
  }

  #apply({ ops, snapshot }: PendingWrite): void {
    if (snapshot !== null) this.#snapshot = snapshot;
    for (const op of ops) {
      if (op.kind === 'set') this.#values.set(op.key, op.value);
      else if (op.kind === 'append') this.#log.push({ index: op.index, value: op.value });
      else if (op.kind === 'compactTo') this.#log = this.#log.filter(({ index }) => index > op.index);
      else while ((this.#log.at(-1)?.index ?? 0) >= op.index) this.#log.pop();
    }
  }

  #equals(found: DiskImage): boolean {
    const entries = Object.entries(found.values);
    const snapshot = this.#snapshot;
    return (
      found.log.length === this.#log.length &&
      entries.length === this.#values.size &&
      found.snapshot?.index === snapshot?.index &&
      isSame(found.snapshot?.meta ?? null, snapshot?.meta ?? null) &&
      entries.every(([key, value]) => this.#values.has(key) && isSame(value, this.#values.get(key))) &&
      found.log.every(({ index, value }, i) => {
        const own = this.#log[i];
        return own !== undefined && own.index === index && isSame(value, own.value);
      })
    );
  }

  #text(): string {
    const [first, last] = [this.#log[0], this.#log.at(-1)];
    const log = first === undefined ? 'no entries' : `entries ${first.index} to ${last?.index}`;
    const snapshot = this.#snapshot === null ? 'no snapshot' : `a snapshot up to ${this.#snapshot.index}`;
    return `${this.#values.size} values, ${log} and ${snapshot}`;
  }
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const [left, right] = [encodeCanonical(a), encodeCanonical(b)];
  return left.length === right.length && left.every((byte, i) => byte === right[i]);
}
