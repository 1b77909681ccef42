import type { NodeId } from '@quorate/shared/core';
import type { RoomVersion } from './control/index.js';
import { hashText } from './hash.js';
import type { SystemMessage } from './messages.js';
import type { TabRecord } from './roster.js';

export type AntiEntropyContext = {
  readonly peers: ReadonlySet<NodeId>;
  readonly version: () => RoomVersion | null;
  /** The records that this tab tells others. */
  readonly tabs: () => readonly TabRecord[];
  readonly send: (to: NodeId, message: SystemMessage) => void;
};

/**
 * Compares now and then what this tab has heard with what one of its neighbours has, and closes the gaps: what was spread
 * while a link was down has reached only one of the two.
 */
export class AntiEntropy {
  readonly #context: AntiEntropyContext;
  #turn = 0;

  constructor(context: AntiEntropyContext) {
    this.#context = context;
  }

  /** Asks the next neighbour in turn. */
  ask(): void {
    const peers = [...this.#context.peers];
    const peer = peers[this.#turn % Math.max(1, peers.length)];
    this.#turn += 1;
    if (peer !== undefined) this.#context.send(peer, { type: 'digest', ...this.#digest() });
  }

  /** A neighbour's digest: where the two differ, each tells the other what it has heard. */
  compare(from: NodeId, theirs: Extract<SystemMessage, { type: 'digest' }>): void {
    const own = this.#digest();
    if (own.document !== theirs.document || own.tabs !== theirs.tabs) this.tell(from, true);
  }

  /** Tells a neighbour all that this tab has heard. */
  tell(to: NodeId, wantsBack: boolean): void {
    const { send, version, tabs } = this.#context;
    send(to, { type: 'news', document: version()?.signed ?? null, tabs: [...tabs()], wantsBack });
  }

  #digest(): { readonly document: number; readonly tabs: number } {
    const version = this.#context.version();
    let tabs = 0;
    for (const { id, stamp } of this.#context.tabs()) tabs ^= hashText(`${id}/${stamp}`);
    return { document: version === null ? 0 : hashText(version.digest), tabs: tabs >>> 0 };
  }
}
