import type { NodeId } from './ids.js';
import type { RandomState } from './random.js';

/** What a message is for, as far as a liar has to know. */
export type Word = {
  readonly kind: 'proposal' | 'vote' | 'view-change' | 'new-view' | 'checkpoint' | 'reply' | 'other';
  /** Who leads the reign that it speaks of; null where it speaks of none. */
  readonly leader: NodeId | null;
};

/**
 * How a message is made a lie. `other-order`: the same requests otherwise, and votes for that; `other-digest`, `other-sequence`: about
 * something else; `left-out`: without what it had to tell; `other-state`, `other-result`: of a state or an execution that was not.
 */
export type Lie =
  | 'other-order'
  | 'other-digest'
  | 'other-sequence'
  | 'left-out'
  | 'other-state'
  | 'other-result';

export type LiarContext = {
  readonly self: NodeId;
  readonly voters: readonly NodeId[];
  readonly random: RandomState;
  /** By the digest of each proposal that the liar has met, that of the same in another order. */
  readonly otherOrders: Map<string, string>;
};

/**
 * What only a protocol can know: how its messages are made lies. A lie carries the liar's own statements unsigned, so that its
 * host signs them with its key like a truth; others' statements it can pass on, or make up without a signature that holds.
 * Everything follows from the context's generator, so that colluders with equal seeds tell equal lies.
 */
export interface Forgery<Message> {
  wordOf(message: Message, voters: readonly NodeId[]): Word;
  /** Takes note of a proposal, its own or another's. */
  learn(message: Message, context: LiarContext): void;
  /** The lie; null where none of this kind can be made of the message. The message itself stays as it is. */
  forge(message: Message, lie: Lie, context: LiarContext): Message | null;
  /** Votes for whatever is proposed here. */
  agree(message: Message, context: LiarContext): readonly Message[];
  /** The same word as another node's, with no signature of that one. */
  impersonate(message: Message, as: NodeId, context: LiarContext): Message | null;
}
