import type { SignalWay } from './types.js';

/**
 * Which way to call a peer: by the server, until that has led to somebody else; then by linked tabs, and by the server every
 * other time, since no tab may know a way and the server may have been wronged.
 */
export class SignalWays {
  #distrustsServer = false;
  #byTabs = false;

  /** The way of the next call. */
  next(): boolean {
    const byTabs = this.#byTabs;
    this.#byTabs = this.#distrustsServer && !byTabs;
    return byTabs;
  }

  /** It has led to the peer. */
  worked(way: SignalWay): void {
    if (way.by === 'server') this.#trust(true);
  }

  /** It has led to somebody else. */
  failed(way: SignalWay): void {
    this.#trust(way.by !== 'server');
  }

  #trust(server: boolean): void {
    this.#distrustsServer = !server;
    this.#byTabs = !server;
  }
}
