import type { Connection, ConnectionEnd, ConnectionFactory } from './connection.js';
import {
  channelOf,
  FRAME_BYTES_MAX,
  FrameReader,
  MESSAGE_BYTES_MAX,
  type MessageWriter,
  type WireLane,
} from './framing.js';
import { Handshake, type HandshakeMessage } from './handshake.js';
import type { IdentityPort } from './identity.js';
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
  type ProofProblem,
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
/** From when the channels are open. Forty tabs of a room that meet at once sign and check without WebCrypto for some seconds. */
const PROOF_TIMEOUT_MS = 10_000;
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
  /** Both sides are ready, and have proved who they are. */
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
  readonly self: string;
  readonly peer: string;
  readonly identity: IdentityPort;
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

/**
 * One generation of the link to one peer: proofs of who both are, then frames, pings, silence, violations and goodbyes over a
 * connection. Before the peer is proven nothing that it sends is handed on or answered.
 */
export class Link {
  readonly #options: LinkOptions;
  readonly #events: LinkEvents;
  readonly #connection: Connection;
  readonly #channels: Readonly<Record<ChannelName, ChannelState>>;
  readonly #handshake: Handshake;
  #cancelDeadline = (): void => undefined;
  #phase: Phase = 'opening';
  #flushing = false;
  #ready = false;
  #isOtherVersion = false;
  /** What the peer's hello said, which may be here before its proof has been checked. */
  #hello: { readonly wanted: boolean } | null = null;
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
    this.#handshake = new Handshake({
      ...options,
      send: (message) => this.#tell(message),
      onProven: () => this.#onProven(),
      onFailed: (problem, tell) => this.#onUnproven(problem, tell),
    });
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

  /** Its channels are open, so that it has a deadline of its own. */
  get isOpen(): boolean {
    return this.#ready;
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
    // Until then the hello is still to come, and will tell.
    if (this.#handshake.isProven) this.#tell({ type: 'wanted', wanted });
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
    this.#close();
    if (this.#ready) this.#say({ type: 'goodbye', reason });
    this.#hangUp(linger);
  }

  /** Past the queue: what ends the link may not wait for anything. */
  #say(message: LinkMessage): void {
    const { writer } = this.#options;
    writer.put('link', encodeLinkMessage(message), 0);
    this.#connection.send('main', writer.take());
  }

  #hangUp(linger: boolean): void {
    const { scheduler } = this.#options;
    if (linger && this.#ready) scheduler.after(GOODBYE_LINGER_MS, () => this.#connection.destroy());
    else this.#connection.destroy();
  }

  /** Ends it without a word. */
  destroy(): void {
    this.#close();
    this.#connection.destroy();
  }

  #close(): void {
    this.#phase = 'ended';
    this.#cancelDeadline();
    this.#handshake.end();
  }

  #onReady(): void {
    if (this.#phase === 'ended') return;
    this.#ready = true;
    // It was told so in the meantime, and now it can hear it.
    if (this.#isOtherVersion) return this.#abort('other-version');
    const fail = (): void => this.#abort('proof-timeout');
    this.#cancelDeadline = this.#options.scheduler.after(PROOF_TIMEOUT_MS, fail);
    this.#handshake.begin(this.#connection.fingerprints());
  }

  #onProven(): void {
    this.#tell({ type: 'hello', wanted: this.#options.wanted() });
    if (this.#hello !== null) this.#onHello(this.#hello.wanted);
  }

  #onHello(wanted: boolean): void {
    this.#hello = { wanted };
    if (!this.#handshake.isProven) return;
    this.#events.onPeerWants(wanted);
    this.#goUp();
  }

  #onUnproven(problem: ProofProblem, tell: boolean): void {
    this.#abort(problem, tell ? { type: 'unproven', problem } : { type: 'goodbye', reason: 'lost' });
  }

  /** Gives up what is not up yet. The peer gets what was told it so far, its proof above all, and then the last word. */
  #abort(problem: LinkProblem, lastWord: LinkMessage = { type: 'goodbye', reason: 'lost' }): void {
    if (this.#phase !== 'opening') return;
    this.#flush();
    this.#close();
    if (this.#ready) this.#say(lastWord);
    this.#hangUp(true);
    this.#events.onEnd({ reason: 'lost', problem });
  }

  #goUp(): void {
    if (this.#phase !== 'opening') return;
    this.#phase = 'up';
    this.#cancelDeadline();
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
    if (!this.#handshake.isProven) {
      this.#onViolation(new MeshViolation('out-of-sequence', 'a frame before the hello of its receiver'));
      return;
    }
    // The bulk channel may overtake the hello, which the peer must have sent before.
    this.#goUp();
    this.#options.counters.framesIn += 1;
    this.#events.onFrame(lane, frame);
  }

  #onLinkMessage(message: LinkMessage): void {
    switch (message.type) {
      case 'identity':
      case 'proof':
      case 'unproven':
        return this.#onHandshake(message);
      case 'hello':
        return this.#onHello(message.wanted);
      case 'goodbye':
        return this.#onGoodbye(message.reason);
      case 'violation':
        return this.#events.onAccused(message.code);
      default:
        if (this.#handshake.isProven) return this.#onProvenMessage(message);
        // It has proven this side, and thought better of its hello while its own proof is still being looked at here.
        if (message.type === 'wanted' && this.#hello !== null) return this.#onHello(message.wanted);
        this.#onViolation(new MeshViolation('out-of-sequence', `a ${message.type} before the proof`));
    }
  }

  #onGoodbye(reason: GoodbyeReason): void {
    // It has given up what was open and not up: for want of a proof, as this side would have in a moment.
    const problem = reason === 'lost' && this.#phase === 'opening' && this.#ready ? 'proof-timeout' : null;
    this.#finish({ reason, problem });
  }

  #onHandshake(message: HandshakeMessage): void {
    const violation =
      this.#phase === 'up'
        ? new MeshViolation('out-of-sequence', `${message.type} on a link that is up`)
        : this.#handshake.take(message);
    if (violation !== null) this.#onViolation(violation);
  }

  #onProvenMessage(message: Extract<LinkMessage, { type: 'wanted' | 'ping' | 'pong' }>): void {
    switch (message.type) {
      case 'wanted':
        this.#events.onPeerWants(message.wanted);
        return;
      case 'ping':
        this.#tell({ type: 'pong', token: message.token });
        return;
      case 'pong':
        this.#onPong(message.token);
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
    // With a page of another version there is no link: neither could tell what the other proves.
    if (violation.code === 'wrong-version' && !this.#handshake.isProven) this.#isOtherVersion = true;
    if (this.#isOtherVersion && this.#ready) return this.#abort('other-version');
    if (this.#violationsAtMs.length < VIOLATIONS_MAX) return;
    this.end('lost');
    this.#events.onEnd({ reason: 'lost', problem: 'too-many-violations' });
  }

  #onConnectionEnd(end: ConnectionEnd): void {
    // Whoever closes on purpose says goodbye first, so a page that closes without a word is gone.
    if (end.by === 'peer') this.#finish({ reason: 'crashed', problem: null });
    else this.#finish({ reason: 'lost', problem: end.problem });
  }

  #finish({ reason, problem }: LinkEnd): void {
    const ended = this.#phase === 'ended';
    // It hung up after its refusal, before the reason was found here.
    const isRefused = this.#handshake.isRefused;
    this.destroy();
    if (!ended) this.#events.onEnd({ reason, problem: isRefused ? 'proof-refused' : problem });
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
