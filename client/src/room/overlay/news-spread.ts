import { type Gossip, type GossipMessage, gossip } from '@quorate/shared/broadcast/gossip';
import type { NodeId } from '@quorate/shared/core';
import { PeerBudgets } from '../../mesh/index.js';
import { deflate, inflate } from '../deflate.js';
import { InOrder } from '../in-order.js';
import { InSequence } from '../in-sequence.js';
import { decodeSystem, encodeSystem, isNews, type News, SystemMessageError } from '../messages.js';
import { type Envelope, isTraceEnvelope, openEnvelope, sealEnvelope } from './envelope.js';
import type { OverlayPage } from './page.js';
import { payloadBytesMax, RoomOverlay } from './room-overlay.js';

/** News of fewer bytes goes as it is: deflating takes turns of the event loop. */
const deflatedFromBytes = 8 * 1024;
/** A batch of trace is a tenth of this. */
const inflatedBytesMax = 1024 * 1024;
/** Some seconds' batches: a page that falls further behind leaves a gap, which a keyframe closes. */
const batchesWaitingMax = 32;
/** A longer batch, deflated, is told in halves. */
const traceBytesMax = 32 * 1024;

/** What one neighbour may pass on: forty tabs in slow motion tell some hundred batches of trace a second. */
const budgetLimits = {
  messagesMax: 2_000,
  bytesMax: 8 * 1024 * 1024,
  messagesPerSecond: 500,
  bytesPerSecond: 1024 * 1024,
} as const;

type Trace = Extract<News, { readonly type: 'trace' }>;
type Opened = { readonly news: News; readonly serial: number };

export type NewsSpreadContext = OverlayPage & {
  readonly self: NodeId;
  /** `isBulk`: it carries trace, which must not go in front of anything. */
  readonly send: (to: NodeId, message: GossipMessage, isBulk: boolean) => void;
  /** Sends a payload of this page to every tab; null where it is not linked to all: then it goes by gossip. */
  /** Sends a payload of this page to every tab. False where it is not linked to all: then it goes by gossip. */
  readonly tellAll: (payload: Uint8Array<ArrayBuffer>, isBulk: boolean) => boolean;
  /** Something that a neighbour has sent, or passed on, is dropped. */
  readonly onBad: (from: NodeId, error: unknown) => void;
  readonly onNews: (origin: NodeId, news: News) => void;
  readonly isHere: (peer: NodeId) => boolean;
  readonly onWishes: () => void;
};

/** A neighbour passes on more than one tab may. */
export class TooMuchError extends Error {
  override readonly name = 'TooMuchError';
}

/**
 * Brings news to every tab: over its own links where they lead to all, and else by the room's gossip. Only what is whole goes on: who passes on garbage is told of it, not its origin.
 * Batches of trace are told on in the order in which their node made them.
 */
export class NewsSpread {
  readonly overlay: RoomOverlay;
  readonly #context: NewsSpreadContext;
  /** Deflating takes turns of the event loop, and batches of trace must stay in order. */
  readonly #deflating = new InOrder(batchesWaitingMax);
  readonly #inflating = new Map<NodeId, InOrder>();
  readonly #inSequence = new InSequence();
  readonly #budgets = new PeerBudgets(budgetLimits);
  /** What was read before the overlay took it, by its payload. */
  readonly #opened = new WeakMap<Uint8Array, Opened>();
  #traceSerial = 0;

  constructor(context: NewsSpreadContext) {
    this.#context = context;
    this.overlay = new RoomOverlay({
      ...context,
      send: (to, message) => context.send(to, message, carriesTrace(message)),
      onDelivery: ({ origin, incarnation: life, payload }) => {
        const opened = this.#opened.get(payload);
        if (opened !== undefined) this.#tell(origin, String(life), opened);
      },
    });
  }

  /** Tells it to every tab of the room but this one. */
  spread(news: News): void {
    if (news.type === 'trace') this.#spreadTrace(news);
    else this.#spreadNews(encodeSystem(news));
  }

  /** What a neighbour has sent. */
  receive(from: NodeId, body: unknown): void {
    try {
      const message = gossip.parseMessage(body, 'server');
      // Nobody asks for repairs here (the room has digests of its own), and their payloads would go on unread.
      if (message.type === 'repair')
        throw new SystemMessageError('malformed', 'a repair that nobody asked for');
      if (message.type === 'gossip') this.#receiveGossip(from, message);
      else this.overlay.receive(from, message);
    } catch (error) {
      this.#context.onBad(from, error);
    }
  }

  peer(peer: NodeId, isUp: boolean): void {
    if (!isUp) this.#inflating.delete(peer);
    this.overlay.peer(peer, isUp);
  }

  stop(): void {
    this.overlay.stop();
  }

  #spreadNews(body: Uint8Array<ArrayBuffer>): void {
    if (body.length < deflatedFromBytes) return this.#broadcast({ kind: 'news', serial: 0, body });
    deflate(body).then(
      (deflated) => this.#broadcast({ kind: 'deflated-news', serial: 0, body: deflated }),
      (cause: unknown) => console.error('News could not be deflated:', cause),
    );
  }

  #spreadTrace(trace: Trace): void {
    this.#deflating.add(() => this.#broadcastTrace(trace));
  }

  /** Trace repeats itself so much that it deflates to an eighth: two packets for each neighbour instead of ten. */
  async #broadcastTrace(trace: Trace): Promise<void> {
    const body = await deflate(encodeSystem(trace));
    const middle = Math.ceil(trace.events.length / 2);
    if (body.length <= traceBytesMax || middle === trace.events.length) {
      this.#traceSerial += 1;
      return this.#broadcast({ kind: 'trace', serial: this.#traceSerial, body });
    }
    await this.#broadcastTrace({ ...trace, events: trace.events.slice(0, middle) });
    await this.#broadcastTrace({ ...trace, events: trace.events.slice(middle) });
  }

  #broadcast(envelope: Envelope): void {
    const payload = sealEnvelope(envelope);
    // What is left out shows: as a gap in the trace, and as a difference to the next digest.
    if (payload.length > payloadBytesMax)
      console.warn(`News of ${payload.length} bytes is too long to spread.`);
    else if (!this.#context.tellAll(payload, envelope.kind === 'trace')) this.overlay.broadcast(payload);
  }

  /** What a tab that is linked to all has told. */
  receiveTold(from: NodeId, page: number, payload: Uint8Array): void {
    try {
      this.#open(from, payload, (opened) => this.#tell(from, String(page), opened));
    } catch (error) {
      this.#context.onBad(from, error);
    }
  }

  #receiveGossip(from: NodeId, message: Gossip): void {
    const { payload } = message.message;
    this.#open(from, payload, (opened) => {
      this.#opened.set(payload, opened);
      this.overlay.receive(from, message);
    });
  }

  /** Reads what lies in a payload, at once or after some turns of the event loop; what one peer has sent stays in its order. */
  #open(from: NodeId, payload: Uint8Array, take: (opened: Opened) => void): void {
    const envelope = openEnvelope(payload);
    if (envelope === null) throw new SystemMessageError('malformed', 'gossip that holds no news');
    if (!this.#budgets.spend(from, payload.length, this.#context.scheduler.now()))
      throw new TooMuchError('more than one tab may pass on; wait some seconds');
    if (envelope.kind === 'news') return take(readNews(envelope, envelope.body));
    let inflating = this.#inflating.get(from);
    if (inflating === undefined) {
      inflating = new InOrder(batchesWaitingMax);
      this.#inflating.set(from, inflating);
    }
    inflating.add(() =>
      inflate(envelope.body, inflatedBytesMax)
        .then((body) => take(readNews(envelope, body)))
        .catch((error: unknown) => this.#context.onBad(from, error)),
    );
  }

  #tell(origin: NodeId, page: string, { news, serial }: Opened): void {
    const tell = (): void => this.#context.onNews(origin, news);
    if (news.type === 'trace') this.#inSequence.take(origin, page, serial, tell);
    else tell();
  }
}

function readNews({ kind, serial }: Envelope, body: Uint8Array): Opened {
  const news = decodeSystem(body);
  if (!isNews(news) || (news.type === 'trace') !== (kind === 'trace'))
    throw new SystemMessageError('malformed', `${news.type} is no news, or came the wrong way`);
  return { news, serial };
}

function carriesTrace(message: GossipMessage): boolean {
  return message.type === 'gossip' && isTraceEnvelope(message.message.payload);
}
