import { CounterSchema, type NodeId } from '@quorate/shared/core';
import { NodeIdSchema } from '@quorate/shared/wire';
import * as v from 'valibot';
import { SeenIds } from './seen-ids.js';

/** Links that one piece of news may cross: the rings of the largest room are not half as deep. */
export const spreadHopsMax = 16;
/** A minute's news of forty tabs; what is on its way has arrived, or is lost, long before it is forgotten. */
const seenMax = 8_192;
/** A batch of trace, deflated, and the largest document are below it. */
export const spreadBytesMax = 1024 * 1024;

/** A message on its way to every tab. `page` names the page that made it, which numbers what it spreads. */
export const SpreadSchema = v.object({
  type: v.literal('spread'),
  origin: NodeIdSchema,
  page: v.pipe(v.string(), v.minLength(1), v.maxLength(32)),
  serial: CounterSchema,
  hops: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(spreadHopsMax - 1)),
  body: v.pipe(
    v.instance(Uint8Array),
    v.check((bytes) => bytes.length <= spreadBytesMax, `more than ${spreadBytesMax} bytes`),
  ),
});

export type SpreadMessage = v.InferOutput<typeof SpreadSchema>;

export type SpreadContext = {
  readonly self: NodeId;
  readonly peers: ReadonlySet<NodeId>;
  /** The links that a tab says it has. */
  readonly linksOf: (node: NodeId) => readonly NodeId[];
};

/**
 * Brings news to every tab over a mesh that need not be full: each passes on what is new to it, to those that do not have it
 * from its origin or from whoever passed it on here (a flood that prunes itself by what neighbours tell of their links). In
 * a full mesh nobody has to pass on anything. It keeps no copies: what is lost with a link the room repairs (`digest`).
 */
export class Spread {
  readonly #context: SpreadContext;
  readonly #page = newPage();
  readonly #seen = new SeenIds(seenMax);
  #serial = 0;

  constructor(context: SpreadContext) {
    this.#context = context;
  }

  /** Wraps what this tab itself has to tell. */
  make(body: Uint8Array<ArrayBuffer>): SpreadMessage {
    this.#serial += 1;
    const { self: origin } = this.#context;
    return { type: 'spread', origin, page: this.#page, serial: this.#serial, hops: 0, body };
  }

  /** Whether a message that has come is news. It is no more from then on. */
  isNews({ origin, page, serial }: SpreadMessage): boolean {
    // What an earlier page of this tab has said may still be about.
    return origin !== this.#context.self && this.#seen.add(`${origin}/${page}/${serial}`);
  }

  /** To whom it goes on, having come from `from`, and as what; nobody once it has gone too far. */
  onwards(message: SpreadMessage, from: NodeId): { readonly to: NodeId[]; readonly message: SpreadMessage } {
    const { origin, hops } = message;
    const to =
      hops + 1 < spreadHopsMax
        ? [...this.#context.peers].filter((peer) => this.#lacks(peer, origin, from))
        : [];
    return { to, message: { ...message, hops: hops + 1 } };
  }

  #lacks(peer: NodeId, origin: NodeId, from: NodeId): boolean {
    if (peer === origin || peer === from) return false;
    return !this.#areLinked(origin, peer) && !this.#areLinked(from, peer);
  }

  /** Both say so: who alone claims to be linked to everybody must not keep news from them. */
  #areLinked(a: NodeId, b: NodeId): boolean {
    const { linksOf } = this.#context;
    return linksOf(a).includes(b) && linksOf(b).includes(a);
  }
}

function newPage(): string {
  return [...crypto.getRandomValues(new Uint32Array(3))].map((part) => part.toString(36)).join('');
}
