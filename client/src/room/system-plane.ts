import type { NodeId } from '@quorate/shared/core';
import { decodeValue, WireError } from '@quorate/shared/wire';
import type { Lane, Mesh } from '../mesh/index.js';
import {
  encodeRefusal,
  encodeSystem,
  type News,
  type Refusal,
  readRefusal,
  readSystem,
  type SystemMessage,
  SystemMessageError,
} from './messages.js';
import { NewsSpread, type OverlayPage, type OverlayWishes, TooMuchError } from './overlay/index.js';
import { planeOfProofs } from './proof-exchange.js';
import { PerPeerBound } from './refusals.js';

/** The first byte of a bulk frame: telemetry and snapshots share the lane. */
const planeOfSystem = 0;
const planeOfLab = 1;
export type SystemListener = {
  /** `from`: who says it, however many links it has come over. */
  onMessage(from: NodeId, message: SystemMessage): void;
  onLabFrame(from: NodeId, frame: Uint8Array<ArrayBuffer>): void;
  onPeer(peer: NodeId, up: boolean, left: boolean): void;
  /** A peer sent something that was dropped, and was told; called only so often for each peer. */
  onBadMessage(from: NodeId, refusal: Refusal): void;
  /** A peer says that it dropped something that this tab sent; called only so often for each peer. */
  onRefused(by: NodeId, refusal: Refusal): void;
};

export type SystemPlaneOptions = OverlayPage & {
  readonly self: NodeId;
  /** Who was removed from the room has no place in its overlay. */
  readonly isRemoved: (node: NodeId) => boolean;
  /** Some tab is there to which this one has no link. */
  readonly isPartial: () => boolean;
  /** Whether a tab is there, as far as this one knows. */
  readonly isHere: (node: NodeId) => boolean;
  /** The overlay wishes for other links. */
  readonly onWishes: () => void;
};

/** Carries the room's own messages, and the lab's frames, over the links there are. */
export interface SystemPlane {
  /** Those to which a link is open. */
  readonly peers: ReadonlySet<NodeId>;
  /** To one that is linked, or nobody. */
  send(to: NodeId, message: SystemMessage): void;
  /** To every other tab of the room, over as many links as it takes. */
  spread(message: News): void;
  /** What its overlay wishes for. */
  readonly overlay: OverlayWishes;
  /** A tab was removed from the room: it has no place in the overlay any more. */
  removed(peer: NodeId): void;
  /** The room has been left. */
  stop(): void;
  sendLabFrame(to: NodeId, frame: Uint8Array, bulk: boolean): void;
  /** Tells a peer that something it sent was dropped, and reports it; both only so often. */
  refuse(to: NodeId, refusal: Refusal): void;
}

function withPlane(plane: number, frame: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(frame.length + 1);
  bytes[0] = plane;
  bytes.set(frame, 1);
  return bytes;
}

export class MeshSystemPlane implements SystemPlane {
  readonly peers = new Set<NodeId>();
  readonly #mesh: Mesh;
  readonly #listener: SystemListener;
  readonly #news: NewsSpread;
  readonly #options: SystemPlaneOptions;
  readonly #refusing: PerPeerBound;
  readonly #refused: PerPeerBound;

  constructor(mesh: Mesh, listener: SystemListener, options: SystemPlaneOptions) {
    const nowMs = (): number => options.scheduler.now();
    this.#refusing = new PerPeerBound(nowMs);
    this.#refused = new PerPeerBound(nowMs);
    this.#options = options;
    this.#mesh = mesh;
    this.#listener = listener;
    this.#news = new NewsSpread({
      ...options,
      send: (to, message, isBulk) => this.#sendOverlay(to, message, isBulk),
      tellAll: (payload, isBulk) => this.#tellAll(payload, isBulk),
      onBad: (from, error) => this.refuse(from, refusalOf(error)),
      onNews: (origin, news) => listener.onMessage(origin, news),
    });
    mesh.on({
      onUp: (peer) => {
        this.peers.add(peer);
        listener.onPeer(peer, true, false);
        if (!options.isRemoved(peer)) this.#news.peer(peer, true);
      },
      onDown: (peer, reason) => {
        this.peers.delete(peer);
        this.#news.peer(peer, false);
        listener.onPeer(peer, false, reason === 'left');
      },
      onFrame: (peer, lane, frame) => this.#take(peer, lane, frame),
      // The mesh has told the peer by itself.
      onViolation: (peer, { code, message }) => this.#report(peer, { plane: 'link', code, message }),
      onAccused: (peer, code) => this.#takeRefusal(peer, { plane: 'link', code, message: '' }),
    });
  }

  get overlay(): OverlayWishes {
    return this.#news.overlay;
  }

  refuse(to: NodeId, refusal: Refusal): void {
    if (this.#report(to, refusal)) this.#mesh.send(to, 'control', encodeRefusal(refusal));
  }

  #report(peer: NodeId, refusal: Refusal): boolean {
    if (!this.#refusing.allows(peer)) return false;
    this.#listener.onBadMessage(peer, refusal);
    return true;
  }

  #takeRefusal(by: NodeId, refusal: Refusal): void {
    if (this.#refused.allows(by)) this.#listener.onRefused(by, refusal);
  }

  send(to: NodeId, message: SystemMessage): void {
    // What a full lane loses is repaired: a document by the next digest, a trace by the gap it leaves.
    this.#mesh.send(to, 'control', encodeSystem(message));
  }

  spread(message: News): void {
    this.#news.spread(message);
  }

  removed(peer: NodeId): void {
    this.#news.peer(peer, false);
  }

  stop(): void {
    this.#news.stop();
  }

  #sendOverlay(to: NodeId, message: unknown, isBulk: boolean): void {
    const frame = encodeSystem({ type: 'overlay', message });
    if (isBulk) this.#mesh.send(to, 'bulk', withPlane(planeOfSystem, frame));
    else this.#mesh.send(to, 'control', frame);
  }

  #tellAll(payload: Uint8Array<ArrayBuffer>, isBulk: boolean): boolean {
    const { incarnation: page, isPartial } = this.#options;
    // Alone, it waits for the first neighbour.
    if (this.peers.size === 0 || isPartial()) return false;
    const encoded = encodeSystem({ type: 'told', page, payload });
    const frame = isBulk ? withPlane(planeOfSystem, encoded) : encoded;
    for (const peer of this.peers) this.#mesh.send(peer, isBulk ? 'bulk' : 'control', frame);
    return true;
  }

  sendLabFrame(to: NodeId, frame: Uint8Array, bulk: boolean): void {
    if (bulk) this.#mesh.send(to, 'bulk', withPlane(planeOfLab, frame));
    else this.#mesh.send(to, 'protocol', frame);
  }

  #take(peer: NodeId, lane: Lane, frame: Uint8Array<ArrayBuffer>): void {
    if (lane === 'protocol') this.#listener.onLabFrame(peer, frame);
    else if (lane === 'control') this.#decode(peer, frame);
    else if (frame[0] === planeOfLab) this.#listener.onLabFrame(peer, frame.slice(1));
    // Read where proofs are exchanged.
    else if (frame[0] === planeOfProofs) return;
    else this.#decode(peer, frame.subarray(1));
  }

  #decode(peer: NodeId, encoded: Uint8Array): void {
    const read = readFrame(encoded);
    if ('error' in read) this.refuse(peer, refusalOf(read.error));
    else if ('refusal' in read) this.#takeRefusal(peer, read.refusal);
    else this.#dispatch(peer, read.message);
  }

  #dispatch(peer: NodeId, message: SystemMessage): void {
    if (message.type !== 'overlay' && message.type !== 'told') return this.#listener.onMessage(peer, message);
    if (this.#options.isRemoved(peer)) return;
    if (message.type === 'told') this.#news.receiveTold(peer, message.page, message.payload);
    else this.#news.receive(peer, message.message);
  }
}

type ReadFrame =
  | { readonly message: SystemMessage }
  | { readonly refusal: Refusal }
  | { readonly error: unknown };

/** Reading alone is tried: what goes wrong with a message that was read is not its sender's doing. */
function readFrame(encoded: Uint8Array): ReadFrame {
  try {
    const value = decodeValue(encoded);
    const refusal = readRefusal(value);
    return refusal === null ? { message: readSystem(value) } : { refusal };
  } catch (error) {
    return { error };
  }
}

function refusalOf(error: unknown): Refusal {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof SystemMessageError || error instanceof WireError)
    return { plane: 'system', code: error.code, message };
  if (error instanceof TooMuchError) return { plane: 'system', code: 'too-often', message };
  return { plane: 'system', code: error instanceof RangeError ? 'oversized' : 'malformed', message };
}
