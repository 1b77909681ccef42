import * as v from 'valibot';
import type { BroadcastId, MessageInfo, NodeId } from '../../core/index.js';
import type { Received } from '../common/received.js';
import { messageParser, payload, positive, sender, whole, windowLimit } from '../common/schemas.js';

/** One broadcast as it travels and is stored. */
export type Message = BroadcastId & { readonly payload: Uint8Array };

/** Of one origin the sequence numbers that the sender has on its disk, or has given up. */
export type Holding = { readonly origin: NodeId } & Readonly<Received>;

/** From their origin. */
export type Broadcast = { readonly type: 'broadcast'; readonly messages: readonly Message[] };
/** From another node that holds them. */
export type Relay = { readonly type: 'relay'; readonly messages: readonly Message[] };
/** "I have these on my disk": an acknowledgement, of some origins. */
export type Acknowledge = { readonly type: 'acknowledge'; readonly holdings: readonly Holding[] };
/** "This is all that I have": whoever has more gives it. `asks`: its receiver answers with its own. */
export type Digest = {
  readonly type: 'digest';
  readonly holdings: readonly Holding[];
  readonly asks: boolean;
};
/** "These I can't give": dropped from its sender's full store, or given up there. Its receiver lacks some of them. */
export type Dropped = { readonly type: 'dropped'; readonly holdings: readonly Holding[] };
export type ReliableMessage = Broadcast | Relay | Acknowledge | Digest | Dropped;

/** Messages in one frame, and the bytes of their payloads unless one alone is larger: far below what a frame may carry. */
export const messagesPerFrameMax = 64;
export const bytesPerFrameMax = 128 * 1024;
/** Origins that a node remembers, and nodes that it knows. */
export const nodesMax = 256;

const messages = v.pipe(
  v.array(v.strictObject({ origin: sender, incarnation: positive, sequence: positive, payload })),
  v.minLength(1),
  v.maxLength(messagesPerFrameMax),
);
const holdings = v.pipe(
  v.array(
    v.strictObject({
      origin: sender,
      upTo: whole,
      ahead: v.pipe(v.array(positive), v.maxLength(windowLimit)),
    }),
  ),
  v.maxLength(nodesMax),
);

export const parseMessage = messageParser<ReliableMessage>('reliable broadcast', {
  broadcast: v.strictObject({ type: v.literal('broadcast'), messages }),
  relay: v.strictObject({ type: v.literal('relay'), messages }),
  acknowledge: v.strictObject({ type: v.literal('acknowledge'), holdings }),
  digest: v.strictObject({ type: v.literal('digest'), holdings, asks: v.boolean() }),
  dropped: v.strictObject({ type: v.literal('dropped'), holdings }),
});

/** What the screen shows of a message. */
export function describe(message: ReliableMessage): MessageInfo {
  const kind = message.type.charAt(0).toUpperCase() + message.type.slice(1);
  switch (message.type) {
    case 'broadcast':
    case 'relay': {
      const [first] = message.messages;
      const summary = { origin: first?.origin ?? null, sequence: first?.sequence ?? null };
      return { kind, reign: 0, entries: message.messages.length, summary };
    }
    case 'acknowledge': {
      const [first] = message.holdings;
      const summary = { origin: first?.origin ?? null, upTo: first?.upTo ?? null };
      return { kind, reign: 0, entries: 0, answer: 'yes', summary };
    }
    case 'digest':
      return {
        kind,
        reign: 0,
        entries: 0,
        summary: { origins: message.holdings.length, asks: message.asks },
      };
    case 'dropped':
      return { kind, reign: 0, entries: 0, answer: 'no', summary: { origins: message.holdings.length } };
  }
}
