import type { NodeId } from '@quorate/shared/core';
import type { Lane, Mesh } from '../mesh/index.js';
import { deflate, inflate } from './deflate.js';
import { InOrder } from './in-order.js';
import { decodeSystem, encodeSystem, type SystemMessage } from './messages.js';

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
  /** A peer sent something that is no message of ours; it was dropped. */
  onBadMessage(from: NodeId, why: string): void;
  /** A peer says that this tab sent it something that breaks the rules. */
  onAccused(by: NodeId, code: string): void;
};

/** Spreads the room's own news: over the full mesh for now; a gossip overlay takes its place behind this interface. */
export interface SystemPlane {
  readonly peers: ReadonlySet<NodeId>;
  send(to: NodeId, message: SystemMessage): void;
  /** To every peer that is linked, but `except`. */
  broadcast(message: SystemMessage, to?: Iterable<NodeId>): void;
  sendLabFrame(to: NodeId, frame: Uint8Array, bulk: boolean): void;
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

  constructor(mesh: Mesh, listener: SystemListener) {
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
      onViolation: (peer, violation) => listener.onBadMessage(peer, violation.message),
      onAccused: (peer, code) => listener.onAccused(peer, code),
    });
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
        (error: unknown) => this.#listener.onBadMessage(peer, textOf(error)),
      ),
    );
  }

  #decode(peer: NodeId, encoded: Uint8Array): void {
    try {
      this.#listener.onMessage(peer, decodeSystem(encoded));
    } catch (error) {
      this.#listener.onBadMessage(peer, textOf(error));
    }
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
