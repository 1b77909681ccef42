import type { Connection, ConnectionEnd, ConnectionFactory } from './connection.js';
import {
  channelOf,
  FRAME_BYTES_MAX,
  FrameReader,
  MESSAGE_BYTES_MAX,
  type MessageWriter,
  type WireLane,
} from './framing.js';
import {
  decodeLinkMessage,
  encodeLinkMessage,
  type GoodbyeReason,
  type LinkMessage,
} from './link-messages.js';
import { SendQueue } from './send-queue.js';
import type { ConnectionSignal } from './signals.js';
import {
  type ChannelName,
  type DownReason,
  type Lane,
  type LinkProblem,
  MeshViolation,
  type Scheduler,
  type SendOutcome,
  type ViolationCode,
} from './types.js';

/**
 * A channel is given no more while it holds this much. `main`: small, so that what is urgent does not queue behind it.
 * `bulk`: one message of at most `MESSAGE_BYTES_MAX` at a time; all channels of a connection share its congestion window,
 * so that one message is what a protocol frame may find in front of it.
 */
const HIGH_WATER_BYTES: Readonly<Record<ChannelName, number>> = { main: 256 * 1024, bulk: 1 };
const LOW_WATER_BYTES: Readonly<Record<ChannelName, number>> = { main: 128 * 1024, bulk: 0 };
const SILENT_AFTER_MS = 4_000;
/** Either side pings once a second. */
const SPEAKS_WITHIN_MS = 2_000;
/** A ping that was not answered for so long is given up, and another one sent. */
const PING_TIMEOUT_MS = 10_000;
const STATS_EVERY_MS = 10_000;
const VIOLATIONS_MAX = 10;
const VIOLATIONS_WITHIN_MS = 10_000;
/** The goodbye has to get out before the connection is closed; the peer closes at once when it hears it. */
const GOODBYE_LINGER_MS = 1_000;
const SMOOTHING = 0.5;

/** Counted over all links of a pair. */
export type Counters = {
  bytesIn: number;
  bytesOut: number;
  framesIn: number;
  framesOut: number;
  overflows: number;
  violations: number;
};

export type LinkEnd = { readonly reason: DownReason; readonly problem: LinkProblem | null };

export type LinkEvents = {
  onSignal(signal: ConnectionSignal): void;
  /** Both sides are ready. */
  onUp(): void;
  onFrame(lane: Lane, frame: Uint8Array<ArrayBuffer>): void;
  onChange(): void;
  /** Whether an owner on the other side wants the link. */
  onPeerWants(wanted: boolean): void;
  onViolation(violation: MeshViolation): void;
  onAccused(code: ViolationCode): void;
  /** Called once, unless this side ended the link. */
  onEnd(end: LinkEnd): void;
};

export type LinkOptions = {
  readonly initiator: boolean;
  readonly connect: ConnectionFactory;
  readonly scheduler: Scheduler;
  readonly writer: MessageWriter;
  readonly counters: Counters;
  /** Whether an owner on this side wants the link, asked when the link gets ready. */
  readonly wanted: () => boolean;
};

type Phase = 'opening' | 'up' | 'ended';

type ChannelState = { readonly reader: FrameReader; readonly queue: SendQueue };

/** One generation of the link to one peer: frames, pings, silence, violations and goodbyes over a connection. */
export class Link {
  readonly #options: LinkOptions;
  readonly #events: LinkEvents;
  readonly #connection: Connection;
  readonly #channels: Readonly<Record<ChannelName, ChannelState>>;
  #phase: Phase = 'opening';
  #flushing = false;
  #ready = false;
  #peerReady = false;
  #heardAtMs: number;
  #silent = false;
  #relayed = false;
  #statsAtMs = Number.NEGATIVE_INFINITY;
  #ping: { readonly token: number; readonly sentAtMs: number } | null = null;
  #pings = 0;
  #violationsAtMs: number[] = [];
  roundTripMs: number | null = null;

  constructor(options: LinkOptions, events: LinkEvents) {
    this.#options = options;
    this.#events = events;
    this.#channels = {
      main: channelState('main', options.writer),
      bulk: channelState('bulk', options.writer),
    };
    this.#heardAtMs = options.scheduler.now();
    this.#connection = options.connect(
      { initiator: options.initiator, lowWaterBytes: LOW_WATER_BYTES },
      {
        onSignal: (signal) => {
          if (this.#phase !== 'ended') events.onSignal(signal);
        },
        onReady: () => this.#onReady(),
        onMessage: (channel, message) => this.#onMessage(channel, message),
        onWritable: () => this.#flush(),
        onIce: (reachable) => this.#onIce(reachable),
        onEnd: (end) => this.#onConnectionEnd(end),
      },
    );
  }

  get isUp(): boolean {
    return this.#phase === 'up';
  }

  get state(): 'connecting' | 'direct' | 'relayed' | 'silent' {
    if (this.#phase !== 'up') return 'connecting';
    if (this.#silent) return 'silent';
    return this.#relayed ? 'relayed' : 'direct';
  }

  /** It is up, and the peer was heard on it a moment ago. */
  get speaks(): boolean {
    const heardMs = this.#options.scheduler.now() - this.#heardAtMs;
    return this.#phase === 'up' && !this.#silent && heardMs <= SPEAKS_WITHIN_MS;
  }

  get bufferedBytes(): number {
    const { main, bulk } = this.#channels;
    if (this.#phase !== 'up') return 0;
    return (
      main.queue.bytes +
      bulk.queue.bytes +
      this.#connection.bufferedBytes('main') +
      this.#connection.bufferedBytes('bulk')
    );
  }

  signal(signal: ConnectionSignal): void {
    if (this.#phase !== 'ended') this.#connection.signal(signal);
  }

  send(lane: Lane, frame: Uint8Array): SendOutcome {
    if (frame.length > FRAME_BYTES_MAX) return 'too-large';
    if (this.#phase !== 'up') return 'no-link';
    const { counters } = this.#options;
    if (!this.#push(lane, frame)) {
      counters.overflows += 1;
      return 'overflow';
    }
    counters.framesOut += 1;
    return this.#waits(channelOf(lane)) ? 'queued' : 'sent';
  }

  /** Tells the peer whether an owner on this side wants the link. */
  tellWanted(wanted: boolean): void {
    if (this.#ready) this.#tell({ type: 'wanted', wanted });
  }

  /** Tells the peer that something it sent by another way than this link broke the rules. */
  accuse(code: ViolationCode): void {
    this.#options.counters.violations += 1;
    this.#tell({ type: 'violation', code });
  }

  /** The peer broke a rule of what goes over this link: it is told, and the link ends where it goes on doing so. */
  violated(violation: MeshViolation): void {
    this.#onViolation(violation);
  }

  /** Once a second or so. `slept`: this page itself did not run, so silence proves nothing. */
  tick(slept: boolean): void {
    if (this.#phase !== 'up') return;
    const now = this.#options.scheduler.now();
    if (slept) this.#heardAtMs = now;
    if (now - this.#heardAtMs > SILENT_AFTER_MS) this.#setSilent(true);
    if (this.#ping === null || now - this.#ping.sentAtMs > PING_TIMEOUT_MS) {
      this.#pings = (this.#pings + 1) >>> 0;
      this.#ping = { token: this.#pings, sentAtMs: now };
      this.#tell({ type: 'ping', token: this.#pings });
    }
    if (now - this.#statsAtMs > STATS_EVERY_MS) this.#readStats(now);
    this.#flush();
  }

  /** Ends the link from this side; nothing is reported any more. A page that is about to die can't linger. */
  end(reason: GoodbyeReason, linger = true): void {
    if (this.#phase === 'ended') return;
    this.#phase = 'ended';
    const { writer, scheduler } = this.#options;
    if (!this.#ready) {
      this.#connection.destroy();
      return;
    }
    // Past the queue: the goodbye may not wait for anything.
    writer.put('link', encodeLinkMessage({ type: 'goodbye', reason }), 0);
    this.#connection.send('main', writer.take());
    if (linger) scheduler.after(GOODBYE_LINGER_MS, () => this.#connection.destroy());
    else this.#connection.destroy();
  }

  /** Ends it without a word. */
  destroy(): void {
    this.#phase = 'ended';
    this.#connection.destroy();
  }

  #onReady(): void {
    if (this.#phase === 'ended') return;
    this.#ready = true;
    this.#tell({ type: 'hello', wanted: this.#options.wanted() });
    if (this.#peerReady) this.#goUp();
  }

  #goUp(): void {
    if (this.#phase !== 'opening') return;
    this.#phase = 'up';
    this.#events.onUp();
    this.tick(false);
  }

  #onMessage(channel: ChannelName, message: unknown): void {
    if (this.#phase === 'ended') return;
    this.#options.counters.bytesIn += message instanceof Uint8Array ? message.length : 0;
    this.#heardAtMs = this.#options.scheduler.now();
    this.#setSilent(false);
    const violation = this.#channels[channel].reader.read(message, (lane, frame) =>
      this.#onFrame(lane, frame),
    );
    if (violation !== null) this.#onViolation(violation);
  }

  #onFrame(lane: WireLane, frame: Uint8Array<ArrayBuffer>): void {
    if (this.#phase === 'ended') return;
    if (lane === 'link') {
      const message = decodeLinkMessage(frame);
      if (message instanceof MeshViolation) this.#onViolation(message);
      else this.#onLinkMessage(message);
      return;
    }
    if (!this.#ready) {
      this.#onViolation(new MeshViolation('out-of-sequence', 'a frame before the hello of its receiver'));
      return;
    }
    // The bulk channel may overtake the hello, which the peer must have sent before.
    this.#peerReady = true;
    this.#goUp();
    this.#options.counters.framesIn += 1;
    this.#events.onFrame(lane, frame);
  }

  #onLinkMessage(message: LinkMessage): void {
    switch (message.type) {
      case 'hello':
        this.#peerReady = true;
        this.#events.onPeerWants(message.wanted);
        if (this.#ready) this.#goUp();
        return;
      case 'wanted':
        this.#events.onPeerWants(message.wanted);
        return;
      case 'ping':
        this.#tell({ type: 'pong', token: message.token });
        return;
      case 'pong':
        this.#onPong(message.token);
        return;
      case 'goodbye':
        this.#finish({ reason: message.reason, problem: null });
        return;
      case 'violation':
        this.#events.onAccused(message.code);
    }
  }

  #onPong(token: number): void {
    if (this.#ping?.token !== token) return;
    const measured = this.#options.scheduler.now() - this.#ping.sentAtMs;
    this.#ping = null;
    const before = this.roundTripMs ?? measured;
    this.roundTripMs = before + SMOOTHING * (measured - before);
    this.#events.onChange();
  }

  #onIce(reachable: boolean): void {
    // That it is reachable again shows when the next byte is heard.
    if (this.#phase === 'up' && !reachable) this.#setSilent(true);
  }

  #setSilent(silent: boolean): void {
    if (silent === this.#silent) return;
    this.#silent = silent;
    if (this.#phase === 'up') this.#events.onChange();
  }

  #onViolation(violation: MeshViolation): void {
    if (this.#phase === 'ended') return;
    const { counters, scheduler } = this.#options;
    const now = scheduler.now();
    counters.violations += 1;
    this.#violationsAtMs = [...this.#violationsAtMs, now].filter((atMs) => now - atMs < VIOLATIONS_WITHIN_MS);
    this.#tell({ type: 'violation', code: violation.code });
    this.#events.onViolation(violation);
    if (this.#violationsAtMs.length < VIOLATIONS_MAX) return;
    this.end('lost');
    this.#events.onEnd({ reason: 'lost', problem: 'too-many-violations' });
  }

  #onConnectionEnd(end: ConnectionEnd): void {
    // Whoever closes on purpose says goodbye first, so a page that closes without a word is gone.
    if (end.by === 'peer') this.#finish({ reason: 'crashed', problem: null });
    else this.#finish({ reason: 'lost', problem: end.problem });
  }

  #finish(end: LinkEnd): void {
    const ended = this.#phase === 'ended';
    this.destroy();
    if (!ended) this.#events.onEnd(end);
  }

  #tell(message: LinkMessage): void {
    // A peer that makes us say more than the lane holds goes without the answers.
    if (!this.#push('link', encodeLinkMessage(message))) this.#options.counters.overflows += 1;
  }

  #push(lane: WireLane, frame: Uint8Array): boolean {
    if (!this.#channels[channelOf(lane)].queue.push(lane, frame)) return false;
    if (!this.#flushing) {
      this.#flushing = true;
      this.#options.scheduler.soon(() => {
        this.#flushing = false;
        this.#flush();
      });
    }
    return true;
  }

  /** Whether what was just queued does not go out at the end of this turn. */
  #waits(channel: ChannelName): boolean {
    const { main, bulk } = this.#channels;
    const mainBytes = main.queue.bytes + this.#connection.bufferedBytes('main');
    if (mainBytes > HIGH_WATER_BYTES.main) return true;
    return (
      channel === 'bulk' && bulk.queue.bytes + this.#connection.bufferedBytes('bulk') > MESSAGE_BYTES_MAX
    );
  }

  /**
   * Moves messages into the channels up to their high-water marks; `onWritable` goes on from there. Bulk goes only while
   * nothing of the main channel's lanes waits here: it never leaves in front of what is more urgent.
   */
  #flush(): void {
    if (this.#phase === 'ended' || !this.#ready) return;
    this.#fill('main');
    if (this.#channels.main.queue.isEmpty) this.#fill('bulk');
  }

  #fill(channel: ChannelName): void {
    const { queue } = this.#channels[channel];
    while (this.#connection.bufferedBytes(channel) < HIGH_WATER_BYTES[channel]) {
      const message = queue.next();
      if (message === null) return;
      this.#options.counters.bytesOut += message.length;
      this.#connection.send(channel, message);
    }
  }

  #readStats(now: number): void {
    this.#statsAtMs = now;
    const learn = (relayed: boolean | null): void => {
      if (relayed === null || relayed === this.#relayed || this.#phase !== 'up') return;
      this.#relayed = relayed;
      this.#events.onChange();
    };
    // A connection that closes meanwhile refuses its statistics; its end is reported elsewhere.
    this.#connection.isRelayed().then(learn, () => learn(null));
  }
}

function channelState(channel: ChannelName, writer: MessageWriter): ChannelState {
  return { reader: new FrameReader(channel), queue: new SendQueue(channel, writer) };
}
