import type { NodeId } from '@quorate/shared/core';
import type { Member } from '@quorate/shared/wire';
import { QuorateError } from '../api/error.js';
import type { Mesh } from '../mesh/index.js';
import type { OverlayLinks } from './overlay/index.js';
import { Wishes } from './wishes.js';

/** A tab that has asked the run's servers for something keeps its links to them for so long. Real ms. */
const askingMs = 60_000;
/** A link that is needed at once and is not up by then will not be. Real ms. */
const reachTimeoutMs = 10_000;
const orderOwner = 'order';

export type RoomLinksContext = {
  readonly self: NodeId;
  readonly mesh: Pick<Mesh, 'want' | 'release'>;
  readonly overlay: OverlayLinks;
  /** Those to which this tab has an open link. */
  readonly linked: ReadonlySet<NodeId>;
  /** The links that a tab says it has. */
  readonly linksOf: (node: NodeId) => readonly NodeId[];
  /** Whoever was removed from the room is not here, whatever links and server say. */
  readonly isRemoved: (node: NodeId) => boolean;
  readonly nowMs: () => number;
};

/**
 * Which tabs are here, and to which of them this one wishes for links: its neighbours in the overlay, so that news reaches
 * everybody; among the servers of the run, each other; and the servers, while this tab asks them for something.
 */
export class RoomLinks {
  readonly #context: RoomLinksContext;
  readonly #overlay: Wishes;
  readonly #servers: Wishes;
  readonly #asked: Wishes;
  /** Who sits in the room, in the order of joining as the server tells it: tabs' own clocks may be off by hours. */
  #seats: readonly NodeId[] = [];
  /** Those of them of whom it still says so: nobody while there is no connection to it. */
  #seated: readonly NodeId[] = [];
  #here: ReadonlySet<NodeId> = new Set();
  #runServers: readonly NodeId[] = [];
  #isStopped = false;
  #askingUntilMs = Number.NEGATIVE_INFINITY;
  readonly #waiting = new Map<NodeId, Set<() => void>>();

  constructor(context: RoomLinksContext) {
    this.#context = context;
    this.#overlay = new Wishes(context.mesh, 'room');
    this.#servers = new Wishes(context.mesh, 'lab/servers');
    this.#asked = new Wishes(context.mesh, 'lab/client');
  }

  /** Who the server says is here. */
  setMembers(members: readonly Member[]): void {
    this.#seats = members.map((member) => member.nodeId);
    this.#seated = this.#seats;
    this.update();
  }

  /** There is no connection to the server: what it said of who is here holds no more. */
  serverLost(): void {
    this.#seated = [];
    this.update();
  }

  /** Who has a server of the run that is on; nobody without one. */
  setRunServers(servers: readonly NodeId[]): void {
    this.#runServers = servers;
    this.update();
  }

  /** This tab is about to ask the run's servers for something: it needs links to them for a while. */
  askServers(): void {
    this.#askingUntilMs = this.#context.nowMs() + askingMs;
    this.update();
  }

  /** Whether a tab is there, as far as this one knows: linked, seen by the server, or linked to one that is there. */
  isHere(node: NodeId): boolean {
    return node === this.#context.self || this.#here.has(node);
  }

  /** How many tabs are there, this one included. */
  get tabCount(): number {
    return this.#here.size + 1;
  }

  /** Some tab is there to which this one has no link. */
  get isPartial(): boolean {
    const { linked, self } = this.#context;
    return [...this.#here].some((node) => node !== self && !linked.has(node));
  }

  /** These nodes in the order of joining; those that the server does not list come last, as they are. */
  inOrderOfJoining(nodes: readonly NodeId[]): NodeId[] {
    const place = (node: NodeId): number => {
      const at = this.#seats.indexOf(node);
      return at < 0 ? this.#seats.length : at;
    };
    return [...nodes].sort((a, b) => place(a) - place(b));
  }

  /** The room has been left: from now on nothing is wished for, since a wish would wake the mesh. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Looks at what there is anew: called when a link or somebody's record is another, and now and then. */
  update(): void {
    if (this.#isStopped) return;
    const { self, overlay, linked, nowMs } = this.#context;
    this.#here = this.#reachable();
    const isUp = (peer: NodeId): boolean => linked.has(peer);
    const now = nowMs();
    const servers = new Set(this.#runServers.filter((node) => node !== self && this.#here.has(node)));
    const none: ReadonlySet<NodeId> = new Set();
    this.#overlay.set(overlay.neighbours(this.#here), isUp, now);
    this.#servers.set(this.#runServers.includes(self) ? servers : none, isUp, now);
    this.#asked.set(now < this.#askingUntilMs ? servers : none, isUp, now);
  }

  /** Calls `use` once there is a link to `node`, and keeps the link until that has ended. Rejects with `unreachable`. */
  async withLink(node: NodeId, use: () => Promise<void>): Promise<void> {
    const { mesh, linked } = this.#context;
    mesh.want(node, orderOwner);
    try {
      if (!linked.has(node)) await this.#linkUp(node);
      await use();
    } finally {
      mesh.release(node, orderOwner);
    }
  }

  /** The link to `peer` is up. */
  linkUp(peer: NodeId): void {
    const waiting = this.#waiting.get(peer);
    this.#waiting.delete(peer);
    for (const go of waiting ?? []) go();
  }

  #linkUp(node: NodeId): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(node) ?? new Set();
      this.#waiting.set(node, waiting);
      const go = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        waiting.delete(go);
        reject(
          new QuorateError('unreachable', `No link to ${node} came up: is the tab closed? Open it again.`),
        );
      }, reachTimeoutMs);
      waiting.add(go);
    });
  }

  /** Everybody who is seen by the server, and everybody to whom links lead as their ends tell. */
  #reachable(): ReadonlySet<NodeId> {
    const { self, linked, linksOf, isRemoved } = this.#context;
    const here = new Set<NodeId>([...linked, ...this.#seated].filter((node) => !isRemoved(node)));
    for (const node of here) {
      // What this tab once told of its own links is older than what it sees.
      if (node !== self) for (const next of linksOf(node)) if (!isRemoved(next)) here.add(next);
    }
    here.delete(self);
    return here;
  }
}
