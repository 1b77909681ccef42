import type { Connection, ConnectionEvents, ConnectionFactory } from './connection.js';
import type { Fingerprints } from './fingerprint.js';
import type { ConnectionSignal } from './signals.js';
import type { ChannelName, LinkProblem, Scheduler, SignalPort } from './types.js';

/* Virtual time, signals and connections for the tests of the mesh: nothing happens unless `run` or `advance` is called. */

type Timer = { readonly atMs: number; readonly run: () => void };

export class VirtualClock implements Scheduler {
  #nowMs = 0;
  #turns: (() => void)[] = [];
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  soon(run: () => void): void {
    this.#turns.push(run);
  }

  /** Runs whatever needs no time. */
  run(): void {
    for (let turn = this.#turns.shift(); turn !== undefined; turn = this.#turns.shift()) turn();
  }

  /** Lets time pass; with `asleep` no timer runs before all of it has. */
  advance(ms: number, asleep = false): void {
    const untilMs = this.#nowMs + ms;
    if (asleep) this.#nowMs = untilMs;
    this.run();
    for (let timer = this.#next(untilMs); timer !== undefined; timer = this.#next(untilMs)) {
      this.#timers.delete(timer);
      this.#nowMs = Math.max(this.#nowMs, timer.atMs);
      timer.run();
      this.run();
    }
    this.#nowMs = untilMs;
  }

  #next(untilMs: number): Timer | undefined {
    return [...this.#timers].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
  }
}

export type RelayedSignal = {
  readonly from: string;
  readonly to: string;
  readonly generation: number;
  readonly data: unknown;
};

type Handler = Parameters<SignalPort['onSignal']>[0];
type Undelivered = Parameters<NonNullable<SignalPort['onUndelivered']>>[0];

/** Stands for the signaling server: passes signals to whoever is present under a name. */
export class VirtualRelay {
  readonly #clock: VirtualClock;
  readonly #handlers = new Map<string, Handler>();
  /** The server has gone: it carries nothing. */
  gone = false;
  /** Members that have lost their connection to it. */
  readonly cutOff = new Set<string>();
  /** All that was ever sent, and all that was handed back as undelivered. */
  readonly sent: RelayedSignal[] = [];
  readonly undelivered: RelayedSignal[] = [];
  /** How long a signal is on its way: those of different delays overtake each other. */
  delayMs: (signal: RelayedSignal) => number = () => 0;
  /** How often each signal arrives: 0 loses it. */
  copies: (signal: RelayedSignal) => number = () => 1;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  /** A page joins under the name; whichever page had it before gets nothing any more. */
  join(self: string): SignalPort {
    let onUndelivered: Undelivered = () => undefined;
    return {
      self,
      onUndelivered: (handler) => {
        onUndelivered = handler;
      },
      send: (to, generation, data) => {
        const signal = { from: self, to, generation, data: structuredClone(data) };
        if (this.gone || this.cutOff.has(self) || this.cutOff.has(to)) {
          this.undelivered.push(signal);
          this.#clock.soon(() => onUndelivered(to, generation, data));
          return;
        }
        this.sent.push(signal);
        for (let copy = this.copies(signal); copy > 0; copy -= 1) this.#carry(signal);
      },
      onSignal: (handler) => this.#handlers.set(self, handler),
    };
  }

  leave(self: string): void {
    this.#handlers.delete(self);
  }

  #carry(signal: RelayedSignal): void {
    const delayMs = this.delayMs(signal);
    if (delayMs <= 0) this.deliver(signal);
    else this.#clock.after(delayMs, () => this.deliver(signal));
  }

  deliver({ from, to, generation, data }: RelayedSignal): void {
    this.#clock.soon(() => this.#handlers.get(to)?.(from, generation, data));
  }
}

/** Connections that find each other by their session descriptions, as real ones do. */
export class VirtualNetwork {
  readonly clock: VirtualClock;
  readonly connections: VirtualConnection[] = [];
  /** Connections stay in their set-up for ever. */
  stuck = false;
  /** Bytes stay in the channels' buffers. */
  held = false;
  /** How long a message is on its way, drawn for each; a connection delivers in order all the same. */
  latencyMs: () => number = () => 0;
  /** The browser has no connection left. */
  exhausted = false;
  /** Descriptions name no certificate, or two. */
  ambiguous = false;

  constructor(clock: VirtualClock) {
    this.clock = clock;
  }

  readonly connect: ConnectionFactory = ({ initiator }, events) => {
    const connection = new VirtualConnection(this, this.connections.length, events);
    this.connections.push(connection);
    if (this.exhausted) connection.fail('too-many-connections');
    else if (initiator) connection.offer();
    return connection;
  };

  get live(): readonly VirtualConnection[] {
    return this.connections.filter(({ isLive }) => isLive);
  }

  /** Whatever the channels hold goes out. */
  release(): void {
    this.held = false;
    for (const connection of this.live) connection.drain();
  }

  failAll(problem: LinkProblem): void {
    for (const connection of this.live) connection.fail(problem);
  }
}

/** One end of a connection; both ends once they have found each other. */
export class VirtualConnection implements Connection {
  readonly #network: VirtualNetwork;
  readonly #index: number;
  readonly events: ConnectionEvents;
  readonly #buffers: Record<ChannelName, Uint8Array<ArrayBuffer>[]> = { main: [], bulk: [] };
  #far: VirtualConnection | null = null;
  #phase: 'live' | 'ended' | 'destroyed' = 'live';
  relayed = false;
  messagesSent = 0;
  /** Candidates that were signaled to it. */
  readonly candidates: unknown[] = [];
  /** When what was sent last arrives: a channel keeps the order. */
  #lastDueMs = 0;

  constructor(network: VirtualNetwork, index: number, events: ConnectionEvents) {
    this.#network = network;
    this.#index = index;
    this.events = events;
  }

  /** The other end, once they have found each other. */
  get far(): VirtualConnection | null {
    return this.#far;
  }

  get isLive(): boolean {
    return this.#phase === 'live';
  }

  offer(): void {
    this.#later(() => this.events.onSignal({ type: 'offer', sdp: `${this.#index}` }));
  }

  signal(signal: ConnectionSignal): void {
    if (signal.type === 'candidate') this.candidates.push(signal.candidate);
    if (signal.type === 'candidate' || this.#far !== null) return;
    const far = this.#network.connections[Number(signal.sdp)];
    if (far === undefined) return;
    this.#far = far;
    if (signal.type === 'offer') {
      this.#later(() => this.events.onSignal({ type: 'answer', sdp: `${this.#index}` }));
      return;
    }
    if (this.#network.stuck) return;
    this.#later(() => this.events.onReady());
    far.#later(() => far.events.onReady());
  }

  send(channel: ChannelName, message: Uint8Array<ArrayBuffer>): void {
    if (this.#phase !== 'live') return;
    this.messagesSent += 1;
    this.#buffers[channel].push(message.slice());
    if (!this.#network.held) this.drain();
  }

  bufferedBytes(channel: ChannelName): number {
    return this.#buffers[channel].reduce((sum, { length }) => sum + length, 0);
  }

  drain(): void {
    for (const channel of ['main', 'bulk'] as const) {
      const messages = this.#buffers[channel].splice(0);
      for (const message of messages) this.#carry(channel, message);
      if (messages.length > 0) this.#later(() => this.events.onWritable(channel));
    }
  }

  #carry(channel: ChannelName, message: Uint8Array<ArrayBuffer>): void {
    const { clock, latencyMs } = this.#network;
    this.#lastDueMs = Math.max(this.#lastDueMs, clock.now() + latencyMs());
    const waitMs = this.#lastDueMs - clock.now();
    if (waitMs <= 0) this.#far?.receive(channel, message);
    else clock.after(waitMs, () => this.#far?.receive(channel, message));
  }

  /** As if the other side had sent it. */
  receive(channel: ChannelName, message: unknown): void {
    this.#later(() => this.events.onMessage(channel, message));
  }

  /** DTLS lets nobody else take the place of whom the description named. */
  fingerprints(): Fingerprints | null {
    if (this.#far === null || this.#network.ambiguous) return null;
    return { local: this.#fingerprint(), remote: this.#far.#fingerprint() };
  }

  #fingerprint(): Uint8Array {
    return new Uint8Array(32).fill(this.#index);
  }

  isRelayed(): Promise<boolean | null> {
    return Promise.resolve(this.relayed);
  }

  fail(problem: LinkProblem): void {
    this.#end(() => this.events.onEnd({ by: 'failure', problem }));
  }

  destroy(): void {
    const far = this.#far;
    if (this.#phase === 'live' && far !== null) {
      far.#later(() => far.#end(() => far.events.onEnd({ by: 'peer' })));
    }
    this.#phase = 'destroyed';
  }

  #end(report: () => void): void {
    if (this.#phase !== 'live') return;
    this.#phase = 'ended';
    this.#network.clock.soon(() => {
      if (this.#phase !== 'destroyed') report();
    });
  }

  #later(run: () => void): void {
    this.#network.clock.soon(() => {
      if (this.#phase === 'live') run();
    });
  }
}
