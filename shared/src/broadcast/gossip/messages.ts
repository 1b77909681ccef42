import type { BroadcastId, NodeId } from '../../core/index.js';

/** The sender's name comes with every message, authenticated by the host: it needs no field. */

export type MessageId = BroadcastId;
export type Broadcast = MessageId & { readonly payload: Uint8Array };

/** HyParView: takes its sender into the overlay (Algorithm 1). Answered by `neighborReply`. */
export type Join = { readonly type: 'join' };
/** Walks through the active views on behalf of the newcomer. */
export type ForwardJoin = {
  readonly type: 'forwardJoin';
  readonly newNode: NodeId;
  readonly timeToLive: number;
};
/** May I be your neighbour? `high` is never refused: its sender has no neighbour, or comes from outside the views. */
export type Neighbor = { readonly type: 'neighbor'; readonly priority: Priority };
export type Priority = 'high' | 'low';
export type NeighborReply = { readonly type: 'neighborReply'; readonly accepted: boolean };
/** You are not in my active view, or not any more. */
export type Disconnect = { readonly type: 'disconnect' };
/** You are in my active view. Each sends it to each neighbour, so that a link that is cut shows. */
export type Keepalive = { readonly type: 'keepalive' };
/** Walks through the active views; `path` are the nodes that it came by, from the one that began it to its sender. */
export type Shuffle = {
  readonly type: 'shuffle';
  readonly shuffle: number;
  readonly timeToLive: number;
  readonly path: readonly NodeId[];
  readonly nodes: readonly NodeId[];
};
/** Goes the same way back; `path` is what is left of it. */
export type ShuffleReply = {
  readonly type: 'shuffleReply';
  readonly shuffle: number;
  readonly path: readonly NodeId[];
  readonly nodes: readonly NodeId[];
};

/**
 * Plumtree: a message, `round` hops from its origin (Algorithm 1). `isRepair`: somebody had missed it, and it came by a
 * comparison of digests; it follows the tree, and says nothing about it.
 */
export type Gossip = {
  readonly type: 'gossip';
  readonly message: Broadcast;
  readonly round: number;
  readonly isRepair: boolean;
};
export type Announcement = MessageId & { readonly round: number };
export type IHave = { readonly type: 'ihave'; readonly announcements: readonly Announcement[] };
/** Be my neighbour in the tree, and send this one; `message` null is the optimisation's, which needs no message (Algorithm 4). */
export type Graft = { readonly type: 'graft'; readonly message: MessageId | null; readonly round: number };
export type Prune = { readonly type: 'prune' };

/** What was received of one life of an origin: disjoint ranges `[first, last]` of sequences, rising. */
export type StreamDigest = {
  readonly origin: NodeId;
  readonly incarnation: number;
  readonly ranges: readonly (readonly [number, number])[];
};
/**
 * Everything that its sender has received of the streams after `after`, up to and with `upTo`, in their order; null for no
 * bound. Answered by `repair` with what the sender lacks, and by a digest where it has what the answerer lacks.
 */
export type Digest = {
  readonly type: 'digest';
  readonly after: string | null;
  readonly upTo: string | null;
  readonly streams: readonly StreamDigest[];
  readonly isReply: boolean;
};
export type Missed = { readonly message: Broadcast; readonly round: number };
/** What the other had missed; `more` would not fit. */
export type Repair = {
  readonly type: 'repair';
  readonly messages: readonly Missed[];
  readonly more: boolean;
};

export type MembershipMessage =
  | Join
  | ForwardJoin
  | Neighbor
  | NeighborReply
  | Disconnect
  | Keepalive
  | Shuffle
  | ShuffleReply;
export type TreeMessage = Gossip | IHave | Graft | Prune | Digest | Repair;
export type GossipMessage = MembershipMessage | TreeMessage;

/** The key by which a stream, one life of an origin, is kept and ordered. */
export function streamKey({
  origin,
  incarnation,
}: {
  readonly origin: NodeId;
  readonly incarnation: number;
}): string {
  return `${origin} ${incarnation}`;
}

/** The key by which a message is kept. */
export function messageKey({ origin, incarnation, sequence }: MessageId): string {
  return `${origin} ${incarnation} ${sequence}`;
}

/** The id alone, without what else the object holds. */
export function idOf({ origin, incarnation, sequence }: MessageId): MessageId {
  return { origin, incarnation, sequence };
}
