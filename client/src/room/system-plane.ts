import type { NodeId } from '@quorate/shared/core';
import { decodeValue, WireError } from '@quorate/shared/wire';
import { type Lane, type Mesh, PeerBudgets } from '../mesh/index.js';
import { deflate, inflate } from './deflate.js';
import { InOrder } from './in-order.js';
import { InSequence } from './in-sequence.js';
import {
  encodeRefusal,
  encodeSystem,
  isNews,
  type News,
  type Refusal,
  readRefusal,
  readSystem,
  type SystemMessage,
  SystemMessageError,
} from './messages.js';
import { PerPeerBound } from './refusals.js';
import { Spread, type SpreadMessage } from './spread.js';

/** The first byte of a bulk frame: telemetry and snapshots share the lane. */
const planeOfSystem = 0;
const planeOfLab = 1;
/** A batch of trace is a tenth of this. */
const inflatedBytesMax = 1024 * 1024;
/** Some seconds' batches: a page that falls further behind leaves a gap, which a keyframe closes. */
const batchesWaitingMax = 32;

/** What one neighbour may pass on: forty tabs in slow motion tell some hundred batches of trace a second. */
const spreadLimits = {
  messagesMax: 2_000,
  bytesMax: 8 * 1024 * 1024,
  messagesPerSecond: 500,
  bytesPerSecond: 1024 * 1024,
} as const;

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

export type SystemPlaneOptions = {
  readonly self: NodeId;
  /** The links that a tab says it has. */
  readonly linksOf: (node: NodeId) => readonly NodeId[];
  /** Whether a linked tab wants trace. */
  readonly wantsTrace: (peer: NodeId) => boolean;
  readonly nowMs?: () => number;
};

/** Spreads the room's own news: by a flood for now; a broadcast over a tree takes its place behind this interface. */
export interface SystemPlane {
  /** Those to which a link is open. */
  readonly peers: ReadonlySet<NodeId>;
  /** To one that is linked, or nobody. */
  send(to: NodeId, message: SystemMessage): void;
  /** To every tab of the room, over as many links as it takes. */
  spread(message: News): void;
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
  readonly #spread: Spread;
  /** Numbered apart, since it must be told in its order. */
  readonly #traces: Spread;
  readonly #inSequence = new InSequence();
  readonly #budgets = new PeerBudgets(spreadLimits);
  readonly #options: SystemPlaneOptions;
  readonly #nowMs: () => number;
  readonly #refusing: PerPeerBound;
  readonly #refused: PerPeerBound;

  constructor(mesh: Mesh, listener: SystemListener, options: SystemPlaneOptions) {
    const { self, linksOf, nowMs = () => performance.now() } = options;
    this.#refusing = new PerPeerBound(nowMs);
    this.#refused = new PerPeerBound(nowMs);
    this.#spread = new Spread({ self, peers: this.peers, linksOf });
    this.#traces = new Spread({ self, peers: this.peers, linksOf });
    this.#options = options;
    this.#nowMs = nowMs;
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
    // What a full lane loses is repaired: a document by the next digest, a trace by the gap it leaves.
    this.#mesh.send(to, 'control', encodeSystem(message));
  }

  spread(message: News): void {
    const encoded = encodeSystem(message);
    if (message.type !== 'trace') this.#sendSpread(this.#spread.make(encoded), this.peers);
    // Trace repeats itself so much that it deflates to an eighth: two packets for each peer instead of ten.
    else
      this.#deflating.add(async () => this.#sendTrace(this.#traces.make(await deflate(encoded)), this.peers));
  }

  #sendSpread(message: SpreadMessage, to: Iterable<NodeId>): void {
    const frame = encodeSystem(message);
    for (const peer of to) this.#mesh.send(peer, 'control', frame);
  }

  #sendTrace(message: SpreadMessage, to: Iterable<NodeId>): void {
    const frame = withPlane(planeOfSystem, encodeSystem(message));
    for (const peer of to) if (this.#options.wantsTrace(peer)) this.#mesh.send(peer, 'bulk', frame);
  }

  sendLabFrame(to: NodeId, frame: Uint8Array, bulk: boolean): void {
    if (bulk) this.#mesh.send(to, 'bulk', withPlane(planeOfLab, frame));
    else this.#mesh.send(to, 'protocol', frame);
  }

  #take(peer: NodeId, lane: Lane, frame: Uint8Array<ArrayBuffer>): void {
    if (lane === 'protocol') this.#listener.onLabFrame(peer, frame);
    else if (lane === 'control') this.#decode(peer, frame);
    else if (frame[0] === planeOfLab) this.#listener.onLabFrame(peer, frame.slice(1));
    else this.#decode(peer, frame.subarray(1), (message) => this.#takeTrace(peer, message));
  }

  #decode(
    peer: NodeId,
    encoded: Uint8Array,
    take = (message: SystemMessage) => this.#takeMessage(peer, message),
  ): void {
    const read = readFrame(encoded);
    if ('error' in read) this.refuse(peer, refusalOf(read.error));
    else if ('refusal' in read) this.#takeRefusal(peer, read.refusal);
    else take(read.message);
  }

  #takeMessage(peer: NodeId, message: SystemMessage): void {
    if (message.type !== 'spread') return this.#listener.onMessage(peer, message);
    if (!this.#spread.isNews(message)) return;
    this.#open(peer, message, message.body, (news) => {
      const { to, message: onwards } = this.#spread.onwards(message, peer);
      if (this.#mayPassOn(peer, message, to.length)) this.#sendSpread(onwards, to);
      this.#listener.onMessage(message.origin, news);
    });
  }

  #takeTrace(peer: NodeId, message: SystemMessage): void {
    if (message.type !== 'spread') return this.refuse(peer, malformed('only what is spread goes in bulk'));
    if (!this.#traces.isNews(message)) return;
    let inflating = this.#inflating.get(peer);
    if (inflating === undefined) {
      inflating = new InOrder(batchesWaitingMax);
      this.#inflating.set(peer, inflating);
    }
    inflating.add(() =>
      inflate(message.body, inflatedBytesMax).then(
        (body) => this.#takeInflated(peer, message, body),
        (error: unknown) => this.refuse(peer, refusalOf(error)),
      ),
    );
  }

  #takeInflated(peer: NodeId, message: SpreadMessage, body: Uint8Array): void {
    const { origin, page, serial } = message;
    this.#open(peer, message, body, (news) => {
      const { to, message: onwards } = this.#traces.onwards(message, peer);
      if (this.#mayPassOn(peer, message, to.length)) this.#sendTrace(onwards, to);
      this.#inSequence.take(origin, page, serial, () => this.#listener.onMessage(origin, news));
    });
  }

  /** Bounds what one neighbour may have this tab send to `copies` others. */
  #mayPassOn(peer: NodeId, message: SpreadMessage, copies: number): boolean {
    if (copies === 0) return false;
    if (this.#budgets.spend(peer, message.body.length, this.#nowMs())) return true;
    const text = 'more than one tab may have passed on; wait some seconds';
    this.refuse(peer, { plane: 'system', code: 'too-often', message: text });
    return false;
  }

  /** Reads what was spread; only what is whole goes on: who passes on garbage is told of it, not its origin. */
  #open(peer: NodeId, message: SpreadMessage, body: Uint8Array, take: (news: News) => void): void {
    const isTrace = body !== message.body;
    this.#decode(peer, body, (news) => {
      if (isNews(news) && (news.type === 'trace') === isTrace) take(news);
      else this.refuse(peer, malformed(`${news.type} is no news, or came the wrong way`));
    });
  }
}

function malformed(message: string): Refusal {
  return { plane: 'system', code: 'malformed', message };
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
