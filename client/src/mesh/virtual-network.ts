import type { Connection, ConnectionEvents, ConnectionFactory } from './connection.js';
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

/** Stands for the signaling server: passes signals to whoever is present under a name. */
export class VirtualRelay {
  readonly #clock: VirtualClock;
  readonly #handlers = new Map<string, Handler>();
  /** All that was ever sent. */
  readonly sent: RelayedSignal[] = [];
  /** How often each signal arrives: 0 loses it. */
  copies: (signal: RelayedSignal) => number = () => 1;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  /** A page joins under the name; whichever page had it before gets nothing any more. */
  join(self: string): SignalPort {
    return {
      self,
      send: (to, generation, data) => {
        const signal = { from: self, to, generation, data: structuredClone(data) };
        this.sent.push(signal);
        for (let copy = this.copies(signal); copy > 0; copy -= 1) this.deliver(signal);
      },
      onSignal: (handler) => this.#handlers.set(self, handler),
    };
  }

  leave(self: string): void {
    this.#handlers.delete(self);
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
  /** The browser has no connection left. */
  exhausted = false;

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

export class VirtualConnection implements Connection {
  readonly #network: VirtualNetwork;
  readonly #index: number;
  readonly events: ConnectionEvents;
  readonly #buffers: Record<ChannelName, Uint8Array<ArrayBuffer>[]> = { main: [], bulk: [] };
  #far: VirtualConnection | null = null;
  #phase: 'live' | 'ended' | 'destroyed' = 'live';
  relayed = false;
  messagesSent = 0;

  constructor(network: VirtualNetwork, index: number, events: ConnectionEvents) {
    this.#network = network;
    this.#index = index;
    this.events = events;
  }

  get isLive(): boolean {
    return this.#phase === 'live';
  }

  offer(): void {
    this.#later(() => this.events.onSignal({ type: 'offer', sdp: `${this.#index}` }));
  }

  signal(signal: ConnectionSignal): void {
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
      for (const message of messages) this.#far?.receive(channel, message);
      if (messages.length > 0) this.#later(() => this.events.onWritable(channel));
    }
  }

  /** As if the other side had sent it. */
  receive(channel: ChannelName, message: unknown): void {
    this.#later(() => this.events.onMessage(channel, message));
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
