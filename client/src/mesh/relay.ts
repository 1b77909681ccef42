import { PeerBudgets } from './peer-budgets.js';
import { decodeRelay, encodeRelay, HOPS_MAX, type RelayMessage } from './relay-messages.js';
import { Routes } from './routes.js';
import { MeshViolation } from './types.js';

/** What one neighbour may have this tab relay: some dozens of links being set up, say. */
const RELAY_LIMITS = {
  messagesMax: 500,
  bytesMax: 1024 * 1024,
  messagesPerSecond: 100,
  bytesPerSecond: 128 * 1024,
} as const;
/** Signals that wait for a way to one peer: an offer and its candidates. */
const WAITING_MAX = 64;
const WAITING_PEERS_MAX = 64;
/** A way that has not been found by then is not there; whoever signals does it again, later. */
const FIND_TIMEOUT_MS = 4_000;
/** Remembered so that nothing is relayed twice; the oldest are forgotten first. */
const FINDS_MAX = 512;
const PASSED_MAX = 4_096;

type Find = RelayMessage & { readonly kind: 'find' };
type Pass = RelayMessage & { readonly kind: 'pass' };
type WaitingSignal = { readonly generation: number; readonly data: unknown };
type Search = { readonly sinceMs: number; readonly signals: WaitingSignal[] };

export type RelayContext = {
  readonly self: string;
  /** Names this page, so that no other's messages have the ids of its own. */
  readonly session: string;
  readonly now: () => number;
  /** Those to which a link is open, and speaks. */
  readonly neighbours: () => readonly string[];
  readonly send: (neighbour: string, frame: Uint8Array<ArrayBuffer>) => void;
  /** A signal for this tab, by way of `neighbour`. Nobody vouches for `from` but the tabs on the way. */
  readonly onSignal: (from: string, generation: number, data: unknown, neighbour: string) => void;
};

/**
 * Carries signals between tabs that have no link, by way of those that have: the way is found by asking all neighbours,
 * who ask theirs, and the answer comes back along it (as AODV finds its routes). It keeps no promise: what is lost on the
 * way is signaled again by the pair. Whoever relays can drop and forge; see docs/architecture.md for what holds then.
 */
export class SignalRelay {
  readonly #context: RelayContext;
  readonly #routes = new Routes();
  readonly #budgets = new PeerBudgets(RELAY_LIMITS);
  /** Where each `find` came from; null: from here. */
  readonly #finds = new Map<string, { readonly find: Find; readonly from: string | null }>();
  readonly #passed = new Set<string>();
  readonly #searches = new Map<string, Search>();
  /** Called, and not heard since. */
  readonly #unanswered = new Set<string>();
  #made = 0;

  constructor(context: RelayContext) {
    this.#context = context;
  }

  /** Signals to a peer. `calls`: it begins something new, so that an earlier call which was not answered is given up. */
  send(to: string, generation: number, data: unknown, calls: boolean): void {
    const { now } = this.#context;
    if (calls) this.#call(to);
    const neighbour = this.#next(to);
    if (neighbour !== null) return this.#pass(neighbour, to, { generation, data });
    const search = this.#searches.get(to);
    if (search !== undefined && now() - search.sinceMs < FIND_TIMEOUT_MS) {
      if (search.signals.length < WAITING_MAX) search.signals.push({ generation, data });
    } else this.#find(to, { generation, data });
  }

  /** What came by way of this neighbour led to somebody else: the next goes another way, if one is known. */
  avoid(to: string, neighbour: string): void {
    this.#routes.drop(to, neighbour);
  }

  /** Takes a relay frame of a neighbour. Answers with what is wrong with it, where something is. */
  receive(neighbour: string, frame: Uint8Array): MeshViolation | null {
    if (!this.#budgets.spend(neighbour, frame.length, this.#context.now()))
      return new MeshViolation(
        'too-often',
        'more to relay than one neighbour may ask for; wait some seconds',
      );
    const message = decodeRelay(frame);
    if (message instanceof MeshViolation) return message;
    switch (message.kind) {
      case 'find':
        return this.#onFind(neighbour, message);
      case 'found':
        this.#onFound(neighbour, message.id, message.to);
        return null;
      case 'pass':
        return this.#onPass(neighbour, message);
      case 'lost':
        this.#onLost(neighbour, message.from, message.to);
        return null;
    }
  }

  #call(to: string): void {
    if (this.#unanswered.has(to)) this.#routes.turn(to);
    this.#unanswered.add(to);
    const [oldest] = this.#unanswered;
    if (this.#unanswered.size > FINDS_MAX && oldest !== undefined) this.#unanswered.delete(oldest);
  }

  /** The neighbour by which `to` is reached: itself, where there is a link. */
  #next(to: string): string | null {
    const neighbours = this.#context.neighbours();
    if (neighbours.includes(to)) return to;
    return this.#routes.next(to, this.#context.now(), (neighbour) => neighbours.includes(neighbour));
  }

  #id(): string {
    this.#made += 1;
    return `${this.#context.session}.${this.#made}`;
  }

  #find(to: string, signal: WaitingSignal): void {
    const { self, neighbours, now } = this.#context;
    this.#forgetSearches();
    if (this.#searches.size >= WAITING_PEERS_MAX) return;
    this.#searches.set(to, { sinceMs: now(), signals: [signal] });
    const find: Find = { kind: 'find', id: this.#id(), from: self, to, hops: 0 };
    this.#remember(find, null);
    for (const neighbour of neighbours()) this.#send(neighbour, find);
  }

  #forgetSearches(): void {
    const nowMs = this.#context.now();
    for (const [to, { sinceMs }] of this.#searches)
      if (nowMs - sinceMs >= FIND_TIMEOUT_MS) this.#searches.delete(to);
  }

  #remember(find: Find, from: string | null): void {
    this.#finds.set(find.id, { find, from });
    const [oldest] = this.#finds.keys();
    if (this.#finds.size > FINDS_MAX && oldest !== undefined) this.#finds.delete(oldest);
  }

  #onFind(neighbour: string, find: Find): MeshViolation | null {
    const wrong = this.#wrongSender(neighbour, find);
    if (wrong !== null) return wrong;
    const { self, neighbours, now } = this.#context;
    const { id, from, to, hops } = find;
    if (from === self) return null;
    const isNews = !this.#finds.has(id);
    if (isNews) {
      this.#remember(find, neighbour);
      if (from !== neighbour) this.#routes.add(from, neighbour, now());
    }
    // Each neighbour that asks is answered, not the first alone: the asker learns of more than one way.
    if (to === self || neighbours().includes(to)) this.#send(neighbour, { kind: 'found', id, to });
    else if (isNews && hops + 1 < HOPS_MAX) {
      const others = neighbours().filter((other) => other !== neighbour && other !== from);
      for (const other of others) this.#send(other, { ...find, hops: hops + 1 });
    }
    return null;
  }

  #onFound(neighbour: string, id: string, to: string): void {
    const asked = this.#finds.get(id);
    if (asked === undefined || asked.find.to !== to) return;
    if (neighbour !== to) this.#routes.add(to, neighbour, this.#context.now());
    if (asked.from !== null) this.#send(asked.from, { kind: 'found', id, to });
    else this.#onWay(to);
  }

  /** A way to `to` has been found: what waited for it goes. */
  #onWay(to: string): void {
    const search = this.#searches.get(to);
    const next = this.#next(to);
    if (search === undefined || next === null) return;
    this.#searches.delete(to);
    for (const signal of search.signals) this.#pass(next, to, signal);
  }

  #pass(neighbour: string, to: string, signal: WaitingSignal): void {
    const { self } = this.#context;
    this.#send(neighbour, { kind: 'pass', id: this.#id(), from: self, to, hops: 0, ...signal });
  }

  #onPass(neighbour: string, pass: Pass): MeshViolation | null {
    const wrong = this.#wrongSender(neighbour, pass);
    if (wrong !== null) return wrong;
    const { id, from, to, hops, generation, data } = pass;
    if (from === this.#context.self || this.#passed.has(id)) return null;
    this.#passed.add(id);
    const [oldest] = this.#passed;
    if (this.#passed.size > PASSED_MAX && oldest !== undefined) this.#passed.delete(oldest);
    if (neighbour !== from) this.#routes.prefer(from, neighbour, this.#context.now());
    if (to === this.#context.self) {
      this.#unanswered.delete(from);
      this.#context.onSignal(from, generation, data, neighbour);
      return null;
    }
    const next = this.#next(to);
    if (next === null || next === neighbour || hops + 1 >= HOPS_MAX)
      this.#send(neighbour, { kind: 'lost', from, to });
    else this.#send(next, { ...pass, hops: hops + 1 });
    return null;
  }

  #onLost(neighbour: string, from: string, to: string): void {
    this.#routes.drop(to, neighbour);
    if (from === this.#context.self) return;
    const back = this.#next(from);
    if (back !== null && back !== neighbour) this.#send(back, { kind: 'lost', from, to });
  }

  /** What crosses its first link is its sender's own. */
  #wrongSender(neighbour: string, { from, hops }: Find | Pass): MeshViolation | null {
    if (hops > 0 || from === neighbour) return null;
    return new MeshViolation('malformed', 'a relayed signal in the name of another');
  }

  #send(neighbour: string, message: RelayMessage): void {
    this.#context.send(neighbour, encodeRelay(message));
  }
}
