import type { NodeId } from '@quorate/shared/core';
import type { Lane, Mesh } from '../mesh/index.js';
import { decodeSystem, encodeSystem, type SystemMessage } from './messages.js';

/** The first byte of a bulk frame: telemetry and snapshots share the lane. */
const planeOfSystem = 0;
const planeOfLab = 1;

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

function laneOf(message: SystemMessage): Lane {
  return message.type === 'trace' ? 'bulk' : 'control';
}

function withPlane(plane: number, frame: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(frame.length + 1);
  bytes[0] = plane;
  bytes.set(frame, 1);
  return bytes;
}

export class MeshSystemPlane implements SystemPlane {
  readonly peers = new Set<NodeId>();
  readonly #mesh: Mesh;
  readonly #listener: SystemListener;

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
    const lane = laneOf(message);
    const encoded = encodeSystem(message);
    const frame = lane === 'bulk' ? withPlane(planeOfSystem, encoded) : encoded;
    // What a full lane loses is repaired: a document by the next hello, a trace by the gap it leaves.
    for (const peer of to) this.#mesh.send(peer, lane, frame);
  }

  sendLabFrame(to: NodeId, frame: Uint8Array, bulk: boolean): void {
    if (bulk) this.#mesh.send(to, 'bulk', withPlane(planeOfLab, frame));
    else this.#mesh.send(to, 'protocol', frame);
  }

  #take(peer: NodeId, lane: Lane, frame: Uint8Array<ArrayBuffer>): void {
    if (lane === 'protocol') return this.#listener.onLabFrame(peer, frame);
    if (lane === 'bulk' && frame[0] === planeOfLab) return this.#listener.onLabFrame(peer, frame.slice(1));
    try {
      const message = decodeSystem(lane === 'bulk' ? frame.subarray(1) : frame);
      this.#listener.onMessage(peer, message);
    } catch (error) {
      this.#listener.onBadMessage(peer, error instanceof Error ? error.message : String(error));
    }
  }
}
