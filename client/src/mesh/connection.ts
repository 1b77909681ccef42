import type { Fingerprints } from './fingerprint.js';
import type { ConnectionSignal } from './signals.js';
import type { ChannelName, LinkProblem } from './types.js';

/** How a connection ended. `peer`: the other side closed it, which a healthy page does not do without a goodbye. */
export type ConnectionEnd =
  | { readonly by: 'peer' }
  | { readonly by: 'failure'; readonly problem: LinkProblem };

export type ConnectionEvents = {
  onSignal(signal: ConnectionSignal): void;
  /** Both channels are open. */
  onReady(): void;
  /** A `Uint8Array`, or whatever else the peer sent. */
  onMessage(channel: ChannelName, message: unknown): void;
  /** The channel has room again. */
  onWritable(channel: ChannelName): void;
  /** ICE has lost sight of the peer, or sees it again. */
  onIce(reachable: boolean): void;
  /** Called once, never after `destroy`, and never before the factory has returned. */
  onEnd(end: ConnectionEnd): void;
};

/**
 * One RTCPeerConnection with its two ordered, reliable channels. No method throws. After `destroy` nothing is
 * reported any more.
 */
export type Connection = {
  /** Takes what the other side's connection wanted signaled. */
  signal(signal: ConnectionSignal): void;
  /** Copies the bytes. A channel that is not open drops them; the end of the connection is then on its way. */
  send(channel: ChannelName, message: Uint8Array<ArrayBuffer>): void;
  /** What the channel has taken and not yet sent. */
  bufferedBytes(channel: ChannelName): number;
  /**
   * Of the certificates at both ends, from `onReady` on; null where the descriptions do not name exactly one each. What is
   * said of the remote one is what this side's DTLS holds the other side to.
   */
  fingerprints(): Fingerprints | null;
  /** Whether the bytes go by way of TURN; null while nobody knows. */
  isRelayed(): Promise<boolean | null>;
  destroy(): void;
};

/** The initiator makes the offer. `onWritable` comes when a channel's buffered amount has fallen to its `lowWaterBytes`. */
export type ConnectionFactory = (
  options: { readonly initiator: boolean; readonly lowWaterBytes: Readonly<Record<ChannelName, number>> },
  events: ConnectionEvents,
) => Connection;
