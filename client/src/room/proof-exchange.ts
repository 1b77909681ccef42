import { CounterSchema, type NodeId, type RunId } from '@quorate/shared/core';
import { readEvent, type TraceEvent } from '@quorate/shared/trace';
import { decodeValue, encodeValue, NodeIdSchema } from '@quorate/shared/wire';
import * as v from 'valibot';
import { type Mesh, PeerBudgets } from '../mesh/index.js';
import { deflate, inflate } from './deflate.js';
import { RunIdSchema } from './document.js';
import { InOrder } from './in-order.js';
import { systemVersion } from './messages.js';
import { isProof, type Proof, type Proofs } from './proofs.js';

/** The first byte of these frames on the bulk lane, which telemetry and snapshots share. */
export const planeOfProofs = 2;
/** Proofs in one answer: below fifty kilobytes before it is deflated. */
const eventsMax = 256;
const tracksMax = 512;
const inflatedBytesMax = 1024 * 1024;
/** With nothing known to be missing, a neighbour is asked so often all the same: what was lost last leaves no hole. Real ms. */
const askEveryMs = 5_000;
/** An answer that has not come by then is not waited for; it is taken all the same: a busy machine must not ask for nothing. */
const answerWithinMs = 10_000;
/** Frames of one neighbour that are being read or written. */
const waitingMax = 8;
/** What all neighbours together may have answered: a tab that votes has better to do. */
const answerLimits = {
  messagesMax: 8,
  bytesMax: 0,
  messagesPerSecond: 5,
  bytesPerSecond: 0,
};
const everybody = 'all neighbours';

const ProofMessageSchema = v.variant('type', [
  v.object({
    type: v.literal('want'),
    run: RunIdSchema,
    have: v.pipe(
      v.array(v.tuple([NodeIdSchema, CounterSchema, CounterSchema, CounterSchema])),
      v.maxLength(tracksMax),
    ),
  }),
  v.object({
    type: v.literal('have'),
    run: RunIdSchema,
    /** Checked one by one: one bad event must not cost the others. */
    events: v.pipe(v.array(v.unknown()), v.maxLength(eventsMax)),
    more: v.boolean(),
  }),
]);
const FrameSchema = v.tuple([v.literal(systemVersion), ProofMessageSchema]);
type ProofMessage = v.InferOutput<typeof ProofMessageSchema>;

export type ProofExchangeContext = {
  readonly mesh: Pick<Mesh, 'send' | 'on'>;
  readonly proofs: Proofs;
  /** The run that this tab looks at; null for none. */
  readonly run: () => RunId | null;
  /** Whether a neighbour is listened to, and a node's proofs are kept. */
  readonly isKnown: (node: NodeId) => boolean;
  /** Proofs that a neighbour has brought, or that need not wait any more. */
  readonly onProofs: (events: readonly Proof[]) => void;
  /** A neighbour sent something that was dropped. */
  readonly onBad: (peer: NodeId, why: string) => void;
  readonly nowMs: () => number;
  readonly compression?: Compression;
};

type Compression = { readonly deflate: typeof deflate; readonly inflate: typeof inflate };

/**
 * Brings proofs that this tab lacks from its neighbours (anti-entropy): it tells one of them up to where it has each node's,
 * and what it knows of beyond; and is told what the other has, who then looks for the rest as well. So whoever comes late, has
 * missed a batch, or asks after a node has gone gets them from anybody who has them, over any links. It goes in bulk, behind
 * everything that the lab sends.
 */
export class ProofExchange {
  readonly #context: ProofExchangeContext;
  readonly #peers = new Set<NodeId>();
  readonly #reading = new Map<NodeId, InOrder>();
  readonly #writing = new InOrder(waitingMax);
  readonly #budget = new PeerBudgets(answerLimits);
  /** Neighbours that have a question to answer, and about which run. */
  readonly #asked = new Map<NodeId, RunId>();
  /** Whose answer is waited for. */
  #waitsFor: NodeId | null = null;
  #askedLastMs = Number.NEGATIVE_INFINITY;
  readonly #compression: Compression;
  #turn = 0;

  constructor(context: ProofExchangeContext) {
    this.#context = context;
    this.#compression = context.compression ?? { deflate, inflate };
    context.mesh.on({
      onUp: (peer) => {
        this.#peers.add(peer);
        this.#askedLastMs = Number.NEGATIVE_INFINITY;
      },
      onDown: (peer) => {
        this.#peers.delete(peer);
        this.#reading.delete(peer);
        this.#asked.delete(peer);
        if (this.#waitsFor === peer) this.#waitsFor = null;
      },
      onFrame: (peer, lane, frame) => {
        if (lane === 'bulk' && frame[0] === planeOfProofs && context.isKnown(peer)) this.#read(peer, frame);
      },
    });
  }

  /** To be called some times a second: asks a neighbour where it is time to, and gives up what nobody has. */
  look(): void {
    const { proofs, nowMs, onProofs, run: lookedAt } = this.#context;
    const now = nowMs();
    if (now - this.#askedLastMs >= answerWithinMs) this.#waitsFor = null;
    const run = lookedAt();
    if (run !== null && this.#waitsFor === null) {
      if (proofs.lacks(run) || now - this.#askedLastMs >= askEveryMs) this.#ask(run, this.#nextPeer());
    }
    const told = run === null ? [] : proofs.giveUp(run, this.#peers);
    if (told.length > 0) onProofs(told);
  }

  #nextPeer(): NodeId | undefined {
    const peers = [...this.#peers];
    this.#turn += 1;
    return peers[this.#turn % Math.max(1, peers.length)];
  }

  #ask(run: RunId, peer: NodeId | undefined): void {
    if (peer === undefined) return;
    this.#asked.set(peer, run);
    this.#waitsFor = peer;
    this.#askedLastMs = this.#context.nowMs();
    const have = this.#context.proofs.has(run).slice(-tracksMax);
    this.#send(peer, { type: 'want', run, have: have.map((each) => [...each]) });
  }

  #send(peer: NodeId, message: ProofMessage): void {
    this.#writing.add(async () => {
      const body = await this.#compression.deflate(encodeValue([systemVersion, message]));
      const frame = new Uint8Array(body.length + 1);
      frame[0] = planeOfProofs;
      frame.set(body, 1);
      this.#context.mesh.send(peer, 'bulk', frame);
    });
  }

  #read(peer: NodeId, frame: Uint8Array<ArrayBuffer>): void {
    let reading = this.#reading.get(peer);
    if (reading === undefined) {
      reading = new InOrder(waitingMax);
      this.#reading.set(peer, reading);
    }
    reading.add(() =>
      this.#compression
        .inflate(frame.slice(1), inflatedBytesMax)
        .then((body) => v.parse(FrameSchema, decodeValue(body))[1])
        .then(
          (message) => this.#take(peer, message),
          (cause: unknown) =>
            this.#context.onBad(peer, cause instanceof Error ? cause.message : String(cause)),
        ),
    );
  }

  #take(peer: NodeId, message: ProofMessage): void {
    if (message.type === 'have') return this.#takeAnswer(peer, message);
    const { proofs, nowMs, isKnown, run } = this.#context;
    const known = message.have.filter(([node]) => isKnown(node));
    // Of runs that this tab does not look at anybody could make up any number.
    if (message.run === run()) proofs.heardOf(message.run, known);
    // Who gets none though there are more asks another neighbour.
    const most = this.#budget.spend(everybody, 0, nowMs()) ? eventsMax : 0;
    const { events, more } = proofs.beyond(message.run, message.have, most);
    this.#send(peer, { type: 'have', run: message.run, events, more });
  }

  #takeAnswer(peer: NodeId, { run, events, more }: Extract<ProofMessage, { type: 'have' }>): void {
    // Nobody tells what was not asked for.
    if (this.#asked.get(peer) !== run) return;
    this.#asked.delete(peer);
    if (this.#waitsFor === peer) this.#waitsFor = null;
    const { proofs, onProofs, onBad } = this.#context;
    const read = events.map((value) => this.#readProof(run, value));
    const good = read.filter((event) => event !== null);
    if (good.length < read.length)
      onBad(peer, `${read.length - good.length} of ${read.length} events are no proofs of ${run}`);
    const bringsNews = good.some((event) => proofs.isNews(event));
    const told = good.flatMap((event) => proofs.take(event));
    if (told.length > 0) onProofs(told);
    if (more && bringsNews) this.#ask(run, peer);
    // It goes on from where this tab lacks what it does not have: no use in asking again.
    else if (!more || good.length > 0) proofs.askedInVain(run, peer);
  }

  #readProof(run: RunId, value: unknown): Proof | null {
    const read = readEvent(value);
    if (read.kind !== 'event') return null;
    const event: TraceEvent = read.event;
    return isProof(event) && event.run === run && this.#context.isKnown(event.node) ? event : null;
  }
}
