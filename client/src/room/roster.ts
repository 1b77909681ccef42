import { CounterSchema, compareIds, counterMax, type NodeId } from '@quorate/shared/core';
import { NameSchema, NodeIdSchema } from '@quorate/shared/wire';
import * as v from 'valibot';

/** Tabs remembered in one room, closed ones included; those that left go first. */
export const tabsMax = 256;

/** What a tab tells of itself. It alone changes its record; `stamp` rises with each change, over all its lives. */
export const TabRecordSchema = v.object({
  id: NodeIdSchema,
  /** Its Ed25519 key, which its id is derived from; a page that only watches has none. */
  publicKey: v.nullable(v.pipe(v.instance(Uint8Array), v.length(32))),
  name: NameSchema,
  /** When it first joined, in ms since 1970. */
  joinedMs: CounterSchema,
  stamp: CounterSchema,
  watching: v.boolean(),
  hidden: v.boolean(),
  left: v.boolean(),
  lab: v.picklist(['idle', 'running', 'crashed']),
  browser: v.pipe(v.string(), v.maxLength(80)),
  /** The ids it has an open link to. */
  links: v.pipe(v.array(NodeIdSchema), v.maxLength(tabsMax)),
});

export type TabRecord = v.InferOutput<typeof TabRecordSchema>;

/** At the end of the stamps a tab must still be able to say how it is: there, the last word counts. */
function isNews(record: TabRecord, current: TabRecord): boolean {
  return record.stamp > current.stamp || (record.stamp === counterMax && current.stamp === counterMax);
}

/** The tabs of a room, as far as this one has heard: each tab's newest record. */
export class Roster {
  readonly #records = new Map<NodeId, TabRecord>();

  readonly #onForget: (id: NodeId) => void;

  constructor(records: readonly TabRecord[] = [], onForget: (id: NodeId) => void = () => undefined) {
    this.#onForget = onForget;
    for (const record of records) this.merge(record);
  }

  get(id: NodeId): TabRecord | undefined {
    return this.#records.get(id);
  }

  /**
   * Takes a record if it is news. Answers whether it was. When there is no room, who left is forgotten first, then who
   * has been gone the longest; `isLinked` tells who is not gone.
   */
  merge(record: TabRecord, isLinked: (id: NodeId) => boolean = () => false): boolean {
    const current = this.#records.get(record.id);
    if (current !== undefined && !isNews(record, current)) return false;
    if (current === undefined && this.#records.size >= tabsMax && !this.#forgetOne(isLinked)) return false;
    this.#records.set(record.id, record);
    return true;
  }

  /** All records in the order of joining. */
  list(): TabRecord[] {
    return [...this.#records.values()].sort((a, b) => a.joinedMs - b.joinedMs || compareIds(a.id, b.id));
  }

  #forgetOne(isLinked: (id: NodeId) => boolean): boolean {
    const gone = this.list().filter((record) => !isLinked(record.id));
    const byAge = gone.sort((a, b) => Number(b.left) - Number(a.left) || a.stamp - b.stamp);
    const [first] = byAge;
    if (first === undefined) return false;
    this.#records.delete(first.id);
    this.#onForget(first.id);
    return true;
  }
}
