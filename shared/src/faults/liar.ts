import {
  type Forgery,
  type InstanceName,
  type LiarContext,
  type Lie,
  type NodeId,
  nextChance,
  nextFloat,
  nextInt,
  pick,
  type RandomState,
  seedRandom,
} from '../core/index.js';
import { type LiarSpec, type Strategy, strategies } from './strategies.js';

/** What leaves in the place of a message, ms of lab time after it would have. */
export type Uttered = { readonly message: unknown; readonly afterMs: number };
/** What a liar says of its own accord when it hears something. */
export type Remark = { readonly to: NodeId; readonly message: unknown };

export type LiarOptions = {
  readonly self: NodeId;
  readonly voters: readonly NodeId[];
  readonly spec: LiarSpec;
  readonly forgery: Forgery<unknown>;
  /** Of this liar alone; what its club shares comes of the plan. */
  readonly seed: number;
};

const delayMaxMs = 2_000;
const remembered = 64;
const replayChance = 0.3;

/**
 * A node that lies, between its honest Process and its signer: what it says is signed with its own key, and no one else's. The
 * same seed, plan and messages make the same lies.
 */
export class Liar {
  readonly #options: LiarOptions;
  readonly #context: LiarContext;
  readonly #random: RandomState;
  /** One half of those outside the club, the same for the whole club. */
  readonly #side: ReadonlySet<NodeId>;
  /** What has left before, by the instance that it was for. */
  readonly #past = new Map<InstanceName, unknown[]>();

  constructor(options: LiarOptions) {
    const { self, voters, spec, seed } = options;
    this.#options = options;
    this.#random = seedRandom(seed, 'liar');
    this.#context = { self, voters, random: this.#random, otherOrders: new Map() };
    const others = voters.filter((voter) => !spec.club.includes(voter));
    const isOdd = nextInt(seedRandom(spec.plan, 'sides'), 0, 1);
    this.#side = new Set(others.filter((_voter, i) => i % 2 === isOdd));
  }

  /** What leaves for an instance at `to` in the place of a message of the Process. */
  say(to: NodeId, target: InstanceName, message: unknown): readonly Uttered[] {
    const { forgery, spec } = this.#options;
    forgery.learn(message, this.#context);
    const { strategy } = spec;
    return this.#sayAs(strategy === 'random' ? pick(this.#random, sober) : strategy, to, target, message);
  }

  /** What the liar adds when a message comes in. */
  hear(message: unknown): readonly Remark[] {
    const { forgery, spec, voters, self } = this.#options;
    forgery.learn(message, this.#context);
    const isTalkative =
      spec.strategy === 'vote-for-all' || (spec.strategy === 'random' && nextChance(this.#random, 0.1));
    if (!isTalkative) return [];
    const votes = forgery.agree(message, this.#context);
    return votes.flatMap((vote) => voters.filter((to) => to !== self).map((to) => ({ to, message: vote })));
  }

  #sayAs(strategy: Strategy, to: NodeId, target: InstanceName, message: unknown): readonly Uttered[] {
    const { kind } = this.#options.forgery.wordOf(message, this.#options.voters);
    switch (strategy) {
      case 'silent':
        return [];
      case 'delaying':
        return [{ message, afterMs: nextFloat(this.#random) * delayMaxMs }];
      case 'equivocating':
        return this.#side.has(to) ? this.#lie(message, 'other-order') : now(message);
      case 'corrupt-digest':
        return this.#lie(
          message,
          pick(this.#random, ['other-digest', 'other-digest', 'other-sequence'] as const),
        );
      case 'vote-for-all':
        return now(message);
      case 'forge-votes':
        return this.#asOthers(message);
      case 'replay':
        return this.#replay(target, message);
      case 'lie-in-view-change':
        return kind === 'view-change' || kind === 'new-view' ? this.#lie(message, 'left-out') : now(message);
      case 'lie-in-checkpoint':
        return this.#lie(message, 'other-state');
      case 'lie-to-clients':
        return this.#lie(message, 'other-result');
      case 'targeted':
        return this.#side.has(to) ? this.#target(message) : now(message);
      case 'colluding':
        return this.#collude(to, message);
      case 'random':
        return now(message);
    }
  }

  /** The lie where one can be made, and the truth where not. */
  #lie(message: unknown, lie: Lie): readonly Uttered[] {
    return now(this.#options.forgery.forge(message, lie, this.#context) ?? message);
  }

  /** To these, nothing that helps. */
  #target(message: unknown): readonly Uttered[] {
    if (nextChance(this.#random, 0.5)) return [];
    return this.#lie(
      message,
      pick(this.#random, ['other-digest', 'other-order', 'other-result', 'other-state'] as const),
    );
  }

  /** The own word, and the same in everybody else's name. */
  #asOthers(message: unknown): readonly Uttered[] {
    const { forgery, voters, self } = this.#options;
    const forged = voters
      .filter((voter) => voter !== self)
      .flatMap((voter) => forgery.impersonate(message, voter, this.#context) ?? []);
    return [message, ...forged].map((each) => ({ message: each, afterMs: 0 }));
  }

  #replay(target: InstanceName, message: unknown): readonly Uttered[] {
    const past = this.#past.get(target) ?? [];
    this.#past.set(target, past);
    const again = past.length > 0 && nextChance(this.#random, replayChance) ? [pick(this.#random, past)] : [];
    past.push(message);
    if (past.length > remembered) past.shift();
    return [message, ...again].map((each) => ({ message: each, afterMs: 0 }));
  }

  /**
   * The club helps nobody to lead but its own: where it is larger than the group bears, that brings about a reign of one of them. In
   * that each half of the others is shown another order of the same requests, and agreed with.
   */
  #collude(to: NodeId, message: unknown): readonly Uttered[] {
    const { forgery, spec, voters } = this.#options;
    const { kind, leader } = forgery.wordOf(message, voters);
    if (kind !== 'proposal' && kind !== 'vote') return now(message);
    if (leader !== null && !spec.club.includes(leader)) return [];
    return this.#side.has(to) ? this.#lie(message, 'other-order') : now(message);
  }
}

/** What a liar that does anything chooses from, message by message. */
const sober: readonly Strategy[] = strategies.filter(
  (strategy) => strategy !== 'random' && strategy !== 'colluding',
);

function now(message: unknown): readonly Uttered[] {
  return [{ message, afterMs: 0 }];
}
