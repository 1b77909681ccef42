import { type NodeId, nextCounter } from '@quorate/shared/core';
import type { RoomInfo, TabInfo } from '../api/types.js';
import type { LinkInfo } from '../mesh/index.js';
import { isRemoved, roleOf } from './control/rights.js';
import type { RoomVersion } from './control/signed.js';
import { Roster, type TabRecord } from './roster.js';
import { tabInfo } from './tab-info.js';

/** Changes of one's own record within this time go out together. Real ms. */
const recordEveryMs = 150;
/** So many ms for each tab of a large room: while forty meet, each has a new link all the time, and all would hear of each. */
const recordEveryMsATab = 25;

export type PresenceContext = {
  readonly self: NodeId;
  readonly name: string;
  /** Null where the page only watches. */
  readonly publicKey: Uint8Array<ArrayBuffer> | null;
  readonly browser: string;
  readonly tabs: readonly TabRecord[];
  readonly peers: ReadonlySet<NodeId>;
  readonly links: () => ReadonlyMap<NodeId, LinkInfo>;
  readonly version: () => RoomVersion | null;
  /** Whether this tab can be chosen for a run: not where it only watches, and not in another host's room. */
  readonly takesPart: () => boolean;
  /** How many tabs are there, this one included. */
  readonly tabCount: () => number;
  /** Whether a tab is there, this one included. */
  readonly isHere: (node: NodeId) => boolean;
  readonly onForget: (node: NodeId) => void;
  readonly onWrite: () => void;
  /** This tab's record is to be told to everybody. */
  readonly onTell: (own: TabRecord) => void;
};

/** Who is in the room and how each tab is, this one included: its record is written here. */
export class Presence {
  readonly roster: Roster;
  server: RoomInfo['server'] = 'online';
  readonly #context: PresenceContext;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(context: PresenceContext) {
    this.#context = context;
    this.roster = new Roster(context.tabs, context.onForget);
  }

  /** All tabs but those that were removed from the room. */
  tabs(): TabInfo[] {
    const { links, version } = this.#context;
    const linkOf = links();
    return this.roster
      .list()
      .filter((record) => !isRemoved(version(), record.id))
      .map((record) => this.#tabInfo(record, linkOf.get(record.id)));
  }

  /** What this tab tells of others: pages that watch are told of while they are here, and by nobody after. */
  told(): TabRecord[] {
    const { isHere } = this.#context;
    return this.roster.list().filter((record) => !record.watching || isHere(record.id));
  }

  /** What is kept of the tabs: of pages that watch nothing. */
  kept(): TabRecord[] {
    return this.roster.list().filter((record) => !record.watching);
  }

  /**
   * Takes what is told of a tab. Answers whether it was news of another one. Nobody else knows better how this tab is; but
   * its stamp must stay above what others remember of earlier lives.
   */
  hear(tab: TabRecord): boolean {
    const { self, isHere } = this.#context;
    if (tab.id !== self) return this.roster.merge(tab, isHere);
    const own = this.roster.get(self);
    // Its own words come back with every exchange of news: only what it has not said by itself is answered.
    if (own !== undefined && tab.stamp > own.stamp) this.write({}, tab.stamp);
    return false;
  }

  /** A tab has said goodbye for good. */
  left(node: NodeId): void {
    const record = this.roster.get(node);
    if (record !== undefined) this.roster.merge({ ...record, left: true, stamp: nextCounter(record.stamp) });
  }

  /** Changes this tab's own record, and tells the others soon. */
  write(change: Partial<Pick<TabRecord, 'left' | 'lab'>>, stampAbove = 0): void {
    const { self, name, publicKey, browser, peers, takesPart, tabCount, onWrite } = this.#context;
    const before = this.roster.get(self);
    this.roster.merge({
      id: self,
      publicKey,
      name,
      joinedMs: before?.joinedMs ?? Date.now(),
      stamp: Math.max(Date.now(), nextCounter(before?.stamp ?? 0, stampAbove)),
      watching: !takesPart(),
      hidden: document.visibilityState === 'hidden',
      left: change.left ?? before?.left ?? false,
      lab: change.lab ?? (publicKey === null ? 'idle' : (before?.lab ?? 'idle')),
      browser,
      links: [...peers].sort(),
    });
    onWrite();
    this.#timer ??= setTimeout(() => this.tell(), Math.max(recordEveryMs, recordEveryMsATab * tabCount()));
  }

  /** Tells this tab's own record at once. */
  tell(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const own = this.roster.get(this.#context.self);
    if (own !== undefined) this.#context.onTell(own);
  }

  #tabInfo(record: TabRecord, link: LinkInfo | undefined): TabInfo {
    const { self, version, isHere } = this.#context;
    const role = roleOf(version(), record.id);
    return tabInfo(record, {
      self: record.id === self,
      name: version()?.document.names.find(({ node }) => node === record.id)?.name ?? record.name,
      host: role === 'host',
      coHost: role === 'co-host',
      here: isHere(record.id),
      link,
    });
  }
}
