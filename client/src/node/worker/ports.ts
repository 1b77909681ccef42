import type { NodeId } from '@quorate/shared/core';
import { type Clock, LinkRequests, type Network } from '@quorate/shared/host';
import type { FromLab, OutFrame } from './messages.js';

/** The worker's clock: unlike the page's, its timers keep their time in a hidden tab. */
export const workerClock: Clock = {
  nowMs: () => performance.now(),
  schedule: (afterMs, callback) => {
    const id = setTimeout(callback, afterMs);
    return () => clearTimeout(id);
  },
};

/** Frames queued for the page between two turns; the page's own queues come after it. */
const outboxFramesMax = 8_192;

/** Hands frames to the page, those of one turn in one message. */
export class PageNetwork implements Network {
  readonly #post: (message: FromLab, transfer: Transferable[]) => void;
  readonly #peers = new Set<NodeId>();
  readonly #requests = new LinkRequests();
  #outbox: OutFrame[] = [];

  constructor(post: (message: FromLab, transfer: Transferable[]) => void) {
    this.#post = post;
  }

  peer(peer: NodeId, up: boolean): void {
    if (up) this.#peers.add(peer);
    else this.#peers.delete(peer);
    if (up) this.#requests.settle(peer, true);
  }

  send(to: NodeId, frame: Uint8Array, priority: 'protocol' | 'bulk'): boolean {
    if (!this.#peers.has(to) || this.#outbox.length >= outboxFramesMax) return false;
    if (this.#outbox.length === 0) queueMicrotask(() => this.#flush());
    this.#outbox.push({ to, frame, priority });
    return true;
  }

  connect(peer: NodeId, owner: string, done: (up: boolean) => void): void {
    this.#requests.add(peer, owner, done);
    this.#post({ type: 'wantLink', peer, owner, wanted: true }, []);
    // The page tells of changes alone.
    if (this.#peers.has(peer)) queueMicrotask(() => this.#requests.settle(peer, this.#peers.has(peer)));
  }

  disconnect(peer: NodeId, owner: string): void {
    this.#requests.drop(peer, owner);
    this.#post({ type: 'wantLink', peer, owner, wanted: false }, []);
  }

  /** The page's try to get a link has failed. */
  linkFailed(peer: NodeId): void {
    this.#requests.settle(peer, false);
  }

  #flush(): void {
    const frames = this.#outbox;
    this.#outbox = [];
    // Copying a frame of a few KiB costs less than the bookkeeping of a transfer.
    this.#post({ type: 'frames', frames }, []);
  }
}
