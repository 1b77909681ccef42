import { assert, type NodeId } from '../core/index.js';
import { linksWantedMax } from './limits.js';
import type { Network } from './ports.js';

/** The links that one instance has asked for, in its own name: they end with it, and nobody else's with them. */
export class LinkWishes {
  readonly #network: Network;
  readonly #owner: string;
  readonly #onAnswer: (peer: NodeId, up: boolean) => void;
  /** The newest request for each peer. */
  readonly #wishes = new Map<NodeId, symbol>();

  constructor(network: Network, owner: string, onAnswer: (peer: NodeId, up: boolean) => void) {
    this.#network = network;
    this.#owner = owner;
    this.#onAnswer = onAnswer;
  }

  connect(peer: NodeId): void {
    const isKnown = this.#wishes.has(peer);
    assert(isKnown || this.#wishes.size < linksWantedMax, 'an overlay asks for few links');
    const request = Symbol(peer);
    this.#wishes.set(peer, request);
    this.#network.connect(peer, this.#owner, (up) => {
      if (this.#wishes.get(peer) === request) this.#onAnswer(peer, up);
    });
  }

  disconnect(peer: NodeId): void {
    if (this.#wishes.delete(peer)) this.#network.disconnect(peer, this.#owner);
  }

  /** Takes all wishes back. */
  close(): void {
    for (const peer of [...this.#wishes.keys()]) this.disconnect(peer);
  }
}
