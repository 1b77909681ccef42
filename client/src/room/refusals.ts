import type { NodeId } from '@quorate/shared/core';

/** In one window a peer is told, and logged, so often: garbage must not cause a storm of answers. Real ms. */
const refusalsMax = 5;
const windowMs = 10_000;
/** Peers of which it is known how often; beyond, nothing is said. */
const peersMax = 256;

type Window = { readonly sinceMs: number; count: number };

/** Bounds how often something is said about each peer. */
export class PerPeerBound {
  readonly #nowMs: () => number;
  readonly #windows = new Map<NodeId, Window>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** False once it was asked too often within the window. */
  allows(peer: NodeId): boolean {
    const nowMs = this.#nowMs();
    let window = this.#windows.get(peer);
    if (window === undefined || nowMs - window.sinceMs >= windowMs) {
      if (window === undefined && !this.#hasRoom(nowMs)) return false;
      window = { sinceMs: nowMs, count: 0 };
      this.#windows.set(peer, window);
    }
    window.count += 1;
    return window.count <= refusalsMax;
  }

  /** Whether it was asked so often within the window that it would say no; asking this counts for nothing. */
  isSpent(peer: NodeId): boolean {
    const window = this.#windows.get(peer);
    return window !== undefined && window.count >= refusalsMax && this.#nowMs() - window.sinceMs < windowMs;
  }

  #hasRoom(nowMs: number): boolean {
    if (this.#windows.size < peersMax) return true;
    for (const [peer, { sinceMs }] of this.#windows)
      if (nowMs - sinceMs >= windowMs) this.#windows.delete(peer);
    return this.#windows.size < peersMax;
  }
}
