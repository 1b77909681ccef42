import {
  type NodeId,
  type ProcessInit,
  type RandomState,
  type RequestId,
  seedRandom,
} from '../../core/index.js';
import type { Announcement, Broadcast, MessageId, Priority } from './messages.js';
import type { GossipOptions } from './options.js';

/** What has come of one life of an origin. */
export type Stream = {
  readonly origin: NodeId;
  readonly incarnation: number;
  /** Disjoint ranges `[first, last]` of sequences, rising, with gaps between. Bounded by `rangesMax`. */
  readonly ranges: [number, number][];
  /** With fifo: the next sequence to be delivered. */
  nextDelivery: number;
  /** With fifo: how many later ones wait for it, and since when the first of them does; null for none. */
  held: number;
  waitsSince: number | null;
};

/** What was received and, for who asks, still kept. */
export type Receipt = {
  readonly streams: { [streamKey: string]: Stream };
  /** Of which lives of an origin nothing is delivered any more: those up to and with this one. */
  readonly floors: { [origin: NodeId]: number };
  /** How many lives of each origin are told apart; its keys are the origins known. */
  readonly lives: { [origin: NodeId]: number };
  originCount: number;
  readonly stored: { [messageKey: string]: Stored };
  /** The keys of `stored`, the oldest first. */
  readonly order: string[];
  storedBytes: number;
  /** With fifo: messages that wait for earlier ones. */
  readonly held: { [messageKey: string]: Held };
  heldCount: number;
  gapsTimerSet: boolean;
};
export type Held = { readonly message: Broadcast; readonly since: number };
/** `round` is what it is passed on with. */
export type Stored = { readonly message: Broadcast; readonly round: number };

/** What this node's own user has broadcast. */
export type Origin = {
  /** Counted on disk; 0 before this life's number is durable: nothing is broadcast under it until then. */
  incarnation: number;
  /** The number whose write is under way. */
  claimed: number;
  nextSequence: number;
  readonly waiting: { readonly request: RequestId; readonly payload: Uint8Array }[];
};

export type Neighbour = { readonly node: NodeId; heardAt: number };

/** A peer that is being asked to be a neighbour. */
export type Request = {
  readonly peer: NodeId;
  readonly ask: 'join' | Priority;
  /** False while there is no link yet. */
  sent: boolean;
  deadlineAt: number;
};

/** HyParView's state. */
export type Membership = {
  readonly random: RandomState;
  /** Whom the run begins with: the contacts of who has lost everybody. */
  readonly contacts: readonly NodeId[];
  /** Peers that there is a link to. */
  readonly linked: NodeId[];
  /** Peers whose links this node has asked its host for. */
  readonly wanted: NodeId[];
  readonly active: Neighbour[];
  readonly passive: NodeId[];
  /** Failed, the oldest first: perhaps behind a cut that will heal. Bounded by `lostMax`. */
  readonly lost: NodeId[];
  readonly requests: Request[];
  /** It has had a neighbour: before, it asks a contact to JOIN. */
  hasJoined: boolean;
  /** Who has refused since the last try to fill the active view. */
  readonly refused: NodeId[];
  /** The shuffle that is under way, and whom it named. */
  shuffle: { readonly id: number; readonly nodes: readonly NodeId[] } | null;
  nextShuffle: number;
  keepaliveAt: number;
  /** Repair intervals until the next try, and between tries; the same for peers that failed. */
  fillIn: number;
  fillEvery: number;
  probeIn: number;
  probeEvery: number;
};

/** A message that was announced and has not come. */
export type Missing = {
  readonly id: MessageId;
  /** By whom, in the order in which they came; the first is asked next. */
  readonly announcements: { readonly node: NodeId; readonly round: number }[];
  dueAt: number;
};

/** Plumtree's state. */
export type Tree = {
  readonly random: RandomState;
  /** How messages go on; a flooding node has no tree and leaves this one as it is. */
  floods: boolean;
  readonly eager: NodeId[];
  readonly lazy: NodeId[];
  readonly missing: { [messageKey: string]: Missing };
  missingCount: number;
  /** When the timer for missing messages is set to fire; null for not at all. */
  missingDueAt: number | null;
  /** Announcements that wait to go together, with who need not be told. */
  readonly lazyQueue: { readonly announcement: Announcement; readonly except: NodeId | null }[];
  /** What each neighbour was answered in this window. */
  readonly answers: { [node: NodeId]: { since: number; grafts: number; digests: number } };
  /** Where the next digest begins: after this stream. */
  digestAfter: string | null;
};

/** What both kinds of node have. */
type Common = {
  readonly self: NodeId;
  readonly options: GossipOptions;
  readonly origin: Origin;
  readonly receipt: Receipt;
};

/** A node of the overlay. */
export type OverlayState = Common & {
  readonly kind: 'overlay';
  readonly membership: Membership;
  readonly tree: Tree;
};
/** A node of fan-out gossip. It has no neighbours: for each message it draws anew. */
export type FanOutState = Common & {
  readonly kind: 'fan-out';
  readonly random: RandomState;
  readonly contacts: readonly NodeId[];
  readonly linked: NodeId[];
  /** Contacts whose link has ended. */
  readonly down: NodeId[];
};
/** Plain data. */
export type GossipState = OverlayState | FanOutState;

export function createState(init: ProcessInit<GossipOptions>): GossipState {
  const { self, options, seed } = init;
  const common: Common = {
    self,
    options,
    origin: { incarnation: 0, claimed: 0, nextSequence: 1, waiting: [] },
    receipt: {
      streams: {},
      floors: {},
      lives: {},
      originCount: 0,
      stored: {},
      order: [],
      storedBytes: 0,
      held: {},
      heldCount: 0,
      gapsTimerSet: false,
    },
  };
  if (options.variant === 'fan-out') {
    const random = seedRandom(seed, 'fan-out');
    return { kind: 'fan-out', ...common, random, contacts: init.voters, linked: [], down: [] };
  }
  return {
    kind: 'overlay',
    ...common,
    membership: createMembership(seedRandom(seed, 'hyparview'), init.voters),
    tree: createTree(seedRandom(seed, 'plumtree'), options.variant === 'flooding'),
  };
}

function createMembership(random: RandomState, contacts: readonly NodeId[]): Membership {
  return {
    random,
    contacts,
    linked: [],
    wanted: [],
    active: [],
    passive: [],
    lost: [],
    requests: [],
    hasJoined: false,
    refused: [],
    shuffle: null,
    nextShuffle: 1,
    keepaliveAt: 0,
    fillIn: 1,
    fillEvery: 1,
    probeIn: 1,
    probeEvery: 1,
  };
}

function createTree(random: RandomState, floods: boolean): Tree {
  return {
    random,
    floods,
    eager: [],
    lazy: [],
    missing: {},
    missingCount: 0,
    missingDueAt: null,
    lazyQueue: [],
    answers: {},
    digestAfter: null,
  };
}

export function isActive({ active }: Membership, node: NodeId): boolean {
  return active.some((neighbour) => neighbour.node === node);
}
