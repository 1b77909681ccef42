import type { ConnectionFactory } from './connection.js';
import { MessageWriter } from './framing.js';
import type { IdentityPort } from './identity.js';
import { Pair } from './pair.js';
import type { PairContext } from './pair-context.js';
import { SignalRelay } from './relay.js';
import { isRelayFrame } from './relay-messages.js';
import { browserScheduler } from './scheduler.js';
import { SignalRefusals } from './signal-refusals.js';
import { isSignalRefusal, type MeshSignal, parseSignal, signalRefusal } from './signals.js';
import { simplePeerConnections } from './simple-peer-connection.js';
import {
  type Lane,
  type LinkInfo,
  type Mesh,
  type MeshListener,
  MeshViolation,
  type Scheduler,
  type SignalPort,
  type SignalWay,
} from './types.js';

const TICK_MS = 1_000;
/** Longer than a hidden tab's timers are apart: the page was frozen, or its machine asleep. */
const SLEPT_AFTER_MS = 3_000;
/** Peers beyond this are not let in; those that this tab wants always are. */
const PEERS_MAX = 256;
const SESSION_BYTES = 12;
const callKinds: ReadonlySet<unknown> = new Set<MeshSignal['kind']>(['offer', 'please', 'knock']);

/** The page's life cycle; `window` in the browser. */
export type PageEvents = Pick<EventTarget, 'addEventListener' | 'removeEventListener'>;

export type MeshOptions = {
  readonly signal: SignalPort;
  /** Its key is the one that `signal.self` is made of. */
  readonly identity: IdentityPort;
  /** None are needed on a LAN. */
  readonly iceServers: readonly RTCIceServer[];
  readonly connect?: ConnectionFactory;
  readonly scheduler?: Scheduler;
  readonly random?: () => number;
  readonly page?: PageEvents;
};

/**
 * Creates the mesh of this tab. It listens to `pagehide` to say goodbye as a crash, since a closed tab is one,
 * and to `pageshow` to create its links again when the page comes back from the browser's cache.
 */
export function createMesh(options: MeshOptions): Mesh {
  return new PairMesh(options);
}

class PairMesh implements Mesh {
  readonly #pairs = new Map<string, Pair>();
  readonly #listeners = new Set<MeshListener>();
  readonly #events = this.#spread();
  readonly #context: PairContext;
  readonly #refusals = new SignalRefusals();
  readonly #refuse: (to: string) => void;
  readonly #relay: SignalRelay;
  readonly #page: PageEvents;
  #generation = 0;
  #presence: 'awake' | 'crashed' | 'left' = 'awake';
  #closed = false;
  #tickedAtMs: number;
  #cancelTick: () => void;

  constructor(options: MeshOptions) {
    const { signal, identity, iceServers, connect, scheduler, random, page } = options;
    const session = newSession();
    this.#context = {
      self: signal.self,
      session,
      identity,
      isAwake: () => this.#presence === 'awake',
      nextGeneration: () => {
        this.#generation += 1;
        return this.#generation;
      },
      sendSignal: (to, generation, data: MeshSignal, byTabs) => {
        if (byTabs && this.#hasNeighbours) this.#relay.send(to, generation, data, isCall(data));
        else signal.send(to, generation, data);
      },
      connect: connect ?? simplePeerConnections(iceServers),
      scheduler: scheduler ?? browserScheduler,
      writer: new MessageWriter(),
      random: random ?? Math.random,
      events: {
        ...this.#events,
        onFrame: (peer, lane, frame) => this.#onFrame(peer, lane, frame),
        onUnproven: (peer, problem, way) => {
          if (way.by === 'tab') this.#relay.avoid(peer, way.tab);
          this.#events.onUnproven(peer, problem, way);
        },
      },
    };
    this.#refuse = (to) => signal.send(to, 0, signalRefusal);
    this.#page = page ?? window;
    this.#page.addEventListener('pagehide', this.#onPageHide);
    this.#page.addEventListener('pageshow', this.#onPageShow);
    this.#relay = this.#createRelay(signal.self, session);
    signal.onSignal((from, generation, data) => this.#onSignal(from, generation, data, { by: 'server' }));
    signal.onUndelivered?.((to, generation, data) => {
      if (this.#presence === 'awake') this.#relay.send(to, generation, data, isCall(data));
    });
    this.#tickedAtMs = this.#context.scheduler.now();
    this.#cancelTick = this.#context.scheduler.after(TICK_MS, () => this.#tick());
  }

  want(peer: string, owner: string): void {
    if (this.#closed || peer === this.#context.self) return;
    // A page on its way out must not start anew because somebody reacts to its links going down.
    if (this.#presence === 'left') this.#wake();
    this.#pair(peer).want(owner);
  }

  release(peer: string, owner: string): void {
    this.#pairs.get(peer)?.release(owner);
  }

  send(peer: string, lane: Parameters<Mesh['send']>[1], frame: Uint8Array): ReturnType<Mesh['send']> {
    return this.#pairs.get(peer)?.send(lane, frame) ?? 'no-link';
  }

  links(): ReadonlyMap<string, LinkInfo> {
    const links = new Map<string, LinkInfo>();
    for (const [peer, pair] of this.#pairs) {
      if (!pair.isIdle) links.set(peer, pair.info);
    }
    return links;
  }

  on(listener: MeshListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  goodbye(kind: 'crash' | 'leave'): void {
    this.#presence = kind === 'leave' ? 'left' : 'crashed';
    for (const pair of this.#pairs.values()) {
      if (kind === 'leave') pair.forgetOwners();
      pair.stop(kind === 'leave' ? 'left' : 'crashed');
    }
  }

  close(): void {
    this.#closed = true;
    this.#presence = 'left';
    this.#cancelTick();
    this.#page.removeEventListener('pagehide', this.#onPageHide);
    this.#page.removeEventListener('pageshow', this.#onPageShow);
    for (const pair of this.#pairs.values()) pair.destroy();
    this.#pairs.clear();
    this.#listeners.clear();
  }

  readonly #onPageHide = (): void => this.goodbye('crash');

  readonly #onPageShow = (event: Event): void => {
    if ('persisted' in event && event.persisted === true) this.#wake();
  };

  #wake(): void {
    if (this.#presence === 'awake' || this.#closed) return;
    this.#presence = 'awake';
    for (const pair of this.#pairs.values()) pair.start();
  }

  #createRelay(self: string, session: string): SignalRelay {
    return new SignalRelay({
      self,
      session,
      now: () => this.#context.scheduler.now(),
      neighbours: () => this.#neighbours(),
      send: (neighbour, frame) => this.#pairs.get(neighbour)?.send('control', frame),
      onSignal: (from, generation, data, tab) => {
        // Anybody on the way may have made it up: a link on which the peer itself speaks is not given up for it.
        if (this.#pairs.get(from)?.speaks !== true)
          this.#onSignal(from, generation, data, { by: 'tab', tab });
      },
    });
  }

  #neighbours(): readonly string[] {
    return [...this.#pairs].flatMap(([peer, pair]) => (pair.speaks ? [peer] : []));
  }

  get #hasNeighbours(): boolean {
    return this.#neighbours().length > 0;
  }

  #onFrame(peer: string, lane: Lane, frame: Uint8Array<ArrayBuffer>): void {
    if (lane !== 'control' || !isRelayFrame(frame)) return this.#events.onFrame(peer, lane, frame);
    const violation = this.#relay.receive(peer, frame);
    if (violation === null) return;
    // Who passes on much of others is slowed down, and not cut off for it.
    if (violation.code === 'too-often') this.#refuseSignal(peer, violation);
    else this.#pairs.get(peer)?.violated(violation);
  }

  #pair(peer: string): Pair {
    const known = this.#pairs.get(peer);
    if (known !== undefined) return known;
    this.#forgetIdle();
    const pair = new Pair(peer, this.#context);
    this.#pairs.set(peer, pair);
    return pair;
  }

  /** Pairs at rest are kept, since they know which pages were succeeded, but not for ever. */
  #forgetIdle(): void {
    if (this.#pairs.size < PEERS_MAX) return;
    for (const [peer, pair] of this.#pairs) {
      if (!pair.isIdle) continue;
      this.#pairs.delete(peer);
      return;
    }
  }

  #onSignal(from: string, generation: number, data: unknown, way: SignalWay): void {
    if (this.#presence !== 'awake' || from === this.#context.self) return;
    if (isSignalRefusal(data)) return this.#context.events.onAccused(from, signalRefusal.code);
    const signal = parseSignal(generation, data);
    if (signal instanceof MeshViolation) return this.#refuseSignal(from, signal);
    this.#forgetIdle();
    if (!this.#pairs.has(from) && this.#pairs.size >= PEERS_MAX)
      return this.#refuseSignal(from, new MeshViolation('bad-signal', `more than ${PEERS_MAX} peers`));
    if (this.#pair(from).onSignal(generation, signal, way)) return;
    const text = `${signal.kind} came from the wrong side: the smaller node id makes the offers`;
    this.#refuseSignal(from, new MeshViolation('bad-signal', text));
  }

  /** Reports it, and tells the sender: over the link, or where there is none, the way that the signal came. */
  #refuseSignal(from: string, violation: MeshViolation): void {
    this.#context.events.onViolation(from, violation);
    if (!this.#refusals.isDue(from, this.#context.scheduler.now())) return;
    if (this.#pairs.get(from)?.accuse(violation.code) !== true) this.#refuse(from);
  }

  #tick(): void {
    const now = this.#context.scheduler.now();
    const slept = now - this.#tickedAtMs > SLEPT_AFTER_MS;
    this.#tickedAtMs = now;
    this.#cancelTick = this.#context.scheduler.after(TICK_MS, () => this.#tick());
    for (const pair of this.#pairs.values()) pair.tick(slept);
  }

  #spread(): Required<MeshListener> {
    const each = (call: (listener: MeshListener) => void): void => {
      for (const listener of this.#listeners) {
        try {
          call(listener);
        } catch (error) {
          // A listener's bug is reported as what it is, and may not stop the mesh.
          this.#context.scheduler.soon(() => {
            throw error;
          });
        }
      }
    };
    return {
      onFrame: (peer, lane, frame) => each((listener) => listener.onFrame?.(peer, lane, frame)),
      onUp: (peer) => each((listener) => listener.onUp?.(peer)),
      onDown: (peer, reason) => each((listener) => listener.onDown?.(peer, reason)),
      onChange: (peer) => each((listener) => listener.onChange?.(peer)),
      onViolation: (peer, violation) => each((listener) => listener.onViolation?.(peer, violation)),
      onUnproven: (peer, problem, way) => each((listener) => listener.onUnproven?.(peer, problem, way)),
      onAccused: (peer, code) => each((listener) => listener.onAccused?.(peer, code)),
    };
  }
}

/** Whether a signal begins something new, rather than going on with it. */
function isCall(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'kind' in data && callKinds.has(data.kind);
}

/** Random enough on plain http too, where there is no `crypto.randomUUID`. */
function newSession(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SESSION_BYTES));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
