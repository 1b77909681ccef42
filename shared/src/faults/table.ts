import type { NodeId } from '../core/index.js';
import { concerns, type Fault, type FaultEntry } from './faults.js';

/** The faults of one run, asked for by link, with a count of the messages that each has touched at this node. */
export class FaultTable {
  #entries: readonly FaultEntry[] = [];
  #byLink = new Map<string, readonly FaultEntry[]>();
  readonly #touched = new Map<string, number>();

  /** Replaces all faults; the counts of those that stay are kept. */
  replace(entries: readonly FaultEntry[]): void {
    this.#entries = entries;
    this.#byLink.clear();
    const ids = new Set(entries.map((entry) => entry.id));
    for (const id of [...this.#touched.keys()]) if (!ids.has(id)) this.#touched.delete(id);
  }

  /** The faults on messages from `from` to `to`, in the order in which they were set. */
  on(from: NodeId, to: NodeId): readonly FaultEntry[] {
    if (this.#entries.length === 0) return [];
    const key = `${from}>${to}`;
    let entries = this.#byLink.get(key);
    if (entries === undefined) {
      entries = this.#entries.filter((entry) => concerns(entry.fault, from, to));
      this.#byLink.set(key, entries);
    }
    return entries;
  }

  /** The first fault of `kind` on that link, if there is one. */
  find(kind: Fault['kind'], from: NodeId, to: NodeId): FaultEntry | undefined {
    return this.on(from, to).find((entry) => entry.fault.kind === kind);
  }

  touch(entry: FaultEntry): void {
    this.#touched.set(entry.id, (this.#touched.get(entry.id) ?? 0) + 1);
  }

  /** How many messages each fault has touched at this node, by fault id. */
  counts(): { readonly [fault: string]: number } {
    return Object.fromEntries(this.#touched);
  }
}
