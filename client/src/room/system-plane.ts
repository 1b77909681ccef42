import type { NodeId } from '@quorate/shared/core';
import { decodeValue, WireError } from '@quorate/shared/wire';
import type { Lane, Mesh } from '../mesh/index.js';
import { deflate, inflate } from './deflate.js';
import { InOrder } from './in-order.js';
import {
  encodeRefusal,
  encodeSystem,
  type Refusal,
  readRefusal,
  readSystem,
  type SystemMessage,
  SystemMessageError,
} from './messages.js';
import { PerPeerBound } from './refusals.js';

/** The first byte of a bulk frame: telemetry and snapshots share the lane. */
const planeOfSystem = 0;
const planeOfLab = 1;
/** A batch of trace is a tenth of this. */
const inflatedBytesMax = 1024 * 1024;
/** Some seconds' batches: a page that falls further behind leaves a gap, which a keyframe closes. */
const batchesWaitingMax = 32;

export type SystemListener = {
  onMessage(from: NodeId, message: SystemMessage): void;
  onLabFrame(from: NodeId, frame: Uint8Array<ArrayBuffer>): void;
  onPeer(peer: NodeId, up: boolean, left: boolean): void;
  /** A peer sent something that was dropped, and was told; called only so often for each peer. */
  onBadMessage(from: NodeId, refusal: Refusal): void;
  /** A peer says that it dropped something that this tab sent; called only so often for each peer. */
  onRefused(by: NodeId, refusal: Refusal): void;
};

/** Spreads the room's own news: over the full mesh for now; a gossip overlay takes its place behind this interface. */
export interface SystemPlane {
  readonly peers: ReadonlySet<NodeId>;
  send(to: NodeId, message: SystemMessage): void;
  /** To every peer that is linked, or to those in `to`. */
  broadcast(message: SystemMessage, to?: Iterable<NodeId>): void;
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
  /** Deflating takes turns of the event loop, and batches of trace must stay in order. */
  readonly #deflating = new InOrder(batchesWaitingMax);
  readonly #inflating = new Map<NodeId, InOrder>();
  readonly #refusing: PerPeerBound;
  readonly #refused: PerPeerBound;

  constructor(mesh: Mesh, listener: SystemListener, nowMs: () => number = () => performance.now()) {
    this.#refusing = new PerPeerBound(nowMs);
    this.#refused = new PerPeerBound(nowMs);
    this.#mesh = mesh;
    this.#listener = listener;
    mesh.on({
      onUp: (peer) => {
        this.peers.add(peer);
        listener.onPeer(peer, true, false);
      },
      onDown: (peer, reason) => {
        this.peers.delete(peer);
        this.#inflating.delete(peer);
        listener.onPeer(peer, false, reason === 'left');
      },
      onFrame: (peer, lane, frame) => this.#take(peer, lane, frame),
      // The mesh has told the peer by itself.
      onViolation: (peer, { code, message }) => this.#report(peer, { plane: 'link', code, message }),
      onAccused: (peer, code) => this.#takeRefusal(peer, { plane: 'link', code, message: '' }),
    });
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
    this.broadcast(message, [to]);
  }

  broadcast(message: SystemMessage, to: Iterable<NodeId> = this.peers): void {
    const encoded = encodeSystem(message);
    // What a full lane loses is repaired: a document by the next hello, a trace by the gap it leaves.
    if (message.type === 'trace') this.#sendDeflated(encoded, [...to]);
    else for (const peer of to) this.#mesh.send(peer, 'control', encoded);
  }

  /** Trace repeats itself so much that it deflates to an eighth: two packets for each peer instead of ten. */
  #sendDeflated(encoded: Uint8Array<ArrayBuffer>, to: readonly NodeId[]): void {
    this.#deflating.add(async () => {
      const frame = withPlane(planeOfSystem, await deflate(encoded));
      for (const peer of to) this.#mesh.send(peer, 'bulk', frame);
    });
  }

  sendLabFrame(to: NodeId, frame: Uint8Array, bulk: boolean): void {
    if (bulk) this.#mesh.send(to, 'bulk', withPlane(planeOfLab, frame));
    else this.#mesh.send(to, 'protocol', frame);
  }

  #take(peer: NodeId, lane: Lane, frame: Uint8Array<ArrayBuffer>): void {
    if (lane === 'protocol') this.#listener.onLabFrame(peer, frame);
    else if (lane === 'control') this.#decode(peer, frame);
    else if (frame[0] === planeOfLab) this.#listener.onLabFrame(peer, frame.slice(1));
    else this.#takeDeflated(peer, frame.subarray(1));
  }

  #takeDeflated(peer: NodeId, deflated: Uint8Array<ArrayBuffer>): void {
    let inflating = this.#inflating.get(peer);
    if (inflating === undefined) {
      inflating = new InOrder(batchesWaitingMax);
      this.#inflating.set(peer, inflating);
    }
    inflating.add(() =>
      inflate(deflated, inflatedBytesMax).then(
        (encoded) => this.#decode(peer, encoded),
        (error: unknown) => this.refuse(peer, refusalOf(error)),
      ),
    );
  }

  #decode(peer: NodeId, encoded: Uint8Array): void {
    const read = readFrame(encoded);
    if ('error' in read) this.refuse(peer, refusalOf(read.error));
    else if ('refusal' in read) this.#takeRefusal(peer, read.refusal);
    else this.#listener.onMessage(peer, read.message);
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
  return { plane: 'system', code: error instanceof RangeError ? 'oversized' : 'malformed', message };
}
