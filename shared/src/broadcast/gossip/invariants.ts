import {
  broadcastName,
  type Effect,
  isDelivery,
  type NodeId,
  type ProcessEvent,
  type Violation,
} from '../../core/index.js';
import { BroadcastChecker, rulesOf, sharedSentences } from '../common/checker.js';
import { heldMax, incarnationsMax, lostMax, missingMax, rangesMax, requestsMax } from './limits.js';
import { type GossipMessage, streamKey } from './messages.js';
import type { GossipOptions } from './options.js';
import { OverlayWatch } from './overlay-watch.js';
import { contains, type ReadonlyRanges } from './receipt/ranges.js';
import type { GossipState, OverlayState } from './state.js';

const sentences = {
  ...sharedSentences,
  'no-duplication': 'No node delivers a broadcast twice in one life.',
  validity: 'A node that takes on a broadcast delivers it itself at once.',
  'durable-incarnation': 'An incarnation is durable before anything is broadcast under it.',
  fifo: 'With fifo, what a life of an origin broadcasts is delivered in that order, and passed over only when given up.',
  'views-disjoint': 'Active and passive view share nobody, name nobody twice, and never the node itself.',
  'views-capped': 'Neither view grows beyond its size.',
  'tree-on-active-view': 'Eager and lazy links are disjoint, and together the active view.',
  'stores-bounded': 'Everything that a node keeps stays within its bound.',
  agreement: 'Once all is quiet, what a node still keeps all its neighbours have delivered.',
  symmetry: 'Once all is quiet, whoever is a neighbour has that neighbour, too, and is there.',
  connectivity: 'Once all is quiet, the active views connect all nodes.',
} as const;

type Rule = keyof typeof sentences;

/** What is known of one node's present life. */
type Life = {
  /** The incarnation whose write is under way, and the one that is durable. */
  claimed: number;
  durable: number;
  /** With fifo: the last sequence of each stream that was delivered. */
  readonly last: Map<string, number>;
  /** Sequences given up, by stream. */
  readonly givenUp: Map<string, [number, number][]>;
  /** Names of the messages that it keeps. */
  kept: readonly string[];
};

/** What each variant promises; fan-out gossip reaches others with some probability alone. */
export class GossipChecker extends BroadcastChecker<GossipState, GossipMessage> {
  readonly rules = rulesOf(sentences);
  readonly #options: GossipOptions;
  readonly #lives = new Map<NodeId, Life>();
  readonly #overlay = new OverlayWatch();

  constructor(nodes: readonly NodeId[], options: GossipOptions) {
    super(nodes, false);
    this.#options = options;
  }

  override afterCrash(node: NodeId): void {
    super.afterCrash(node);
    this.#lives.delete(node);
    this.#overlay.crashed(node);
  }

  protected checkStep(
    node: NodeId,
    state: GossipState,
    event: ProcessEvent<GossipMessage>,
    effects: readonly Effect<GossipMessage>[],
  ): Violation | null {
    const life = this.#lifeOf(node);
    if (event.type === 'persisted') life.durable = life.claimed;
    const why =
      this.#checkEffects(node, life, effects) ??
      boundsBroken(state) ??
      (state.kind === 'overlay' ? overlayBroken(state) : null);
    if (state.kind === 'overlay') this.#overlay.see(node, state, event, effects);
    const { order } = state.receipt;
    if (order.length !== life.kept.length || order[0] !== life.kept[0] || order.at(-1) !== life.kept.at(-1))
      life.kept = [...order];
    return why === null ? null : { node, ...why };
  }

  protected judge(remaining: readonly NodeId[]): Violation | null {
    if (this.#options.variant === 'fan-out') return null;
    return this.#overlay.judge(remaining) ?? this.#judgeAgreement(remaining);
  }

  #lifeOf(node: NodeId): Life {
    let life = this.#lives.get(node);
    if (life === undefined) {
      life = { claimed: 0, durable: 0, last: new Map(), givenUp: new Map(), kept: [] };
      this.#lives.set(node, life);
    }
    return life;
  }

  #checkEffects(node: NodeId, life: Life, effects: readonly Effect<GossipMessage>[]): Broken | null {
    let taken = 0;
    let own = 0;
    for (const effect of effects) {
      if (effect.type === 'persist') {
        for (const op of effect.ops) if (op.kind === 'set') life.claimed = Number(op.value);
      }
      if (effect.type === 'reply') taken += 1;
      if (effect.type === 'note' && effect.code === 'gap-given-up') giveUp(life, effect.data);
      if (effect.type === 'send' && effect.message.type === 'gossip') {
        const { origin, incarnation } = effect.message.message;
        if (origin === node && incarnation > life.durable && incarnation >= life.claimed)
          return broken('durable-incarnation', `it sends a broadcast of its incarnation ${incarnation}`);
      }
      if (effect.type !== 'indicate' || !isDelivery(effect.output)) continue;
      const { output } = effect;
      if (output.origin === node && output.incarnation === life.claimed) {
        own += 1;
        if (life.durable < life.claimed)
          return broken('durable-incarnation', `it delivers its own ${broadcastName(output)} before that`);
      }
      const order = this.#options.fifo ? outOfOrder(life, output) : null;
      if (order !== null) return order;
    }
    return own < taken ? broken('validity', `it took on ${taken} and delivered ${own} of its own`) : null;
  }

  /** What a neighbour keeps can be had, and so must have been, unless it was given up; and the views connect all. */
  #judgeAgreement(remaining: readonly NodeId[]): Violation | null {
    for (const node of remaining) {
      const { delivered, life } = this.memberOf(node);
      for (const at of this.#overlay.neighboursOf(node)) {
        for (const key of this.#lifeOf(at).kept) {
          const name = key.replaceAll(' ', '/');
          if (delivered.get(name) === life || this.#hasGivenUp(node, key)) continue;
          return {
            rule: 'agreement',
            node,
            why: `it has not delivered ${name}, which its neighbour ${at} keeps`,
          };
        }
      }
    }
    return null;
  }

  #hasGivenUp(node: NodeId, key: string): boolean {
    const [origin = '', incarnation, sequence] = key.split(' ');
    const stream = streamKey({ origin, incarnation: Number(incarnation) });
    return contains(this.#lifeOf(node).givenUp.get(stream) ?? [], Number(sequence));
  }
}

type Broken = { readonly rule: Rule; readonly why: string };

function broken(rule: Rule, why: string): Broken {
  return { rule, why };
}

function giveUp(life: Life, data: { readonly [key: string]: unknown }): void {
  const { origin, incarnation, from, to } = data;
  const stream = streamKey({ origin: String(origin), incarnation: Number(incarnation) });
  const ranges = life.givenUp.get(stream) ?? [];
  ranges.push([Number(from), Number(to)]);
  ranges.sort(([a], [b]) => a - b);
  life.givenUp.set(stream, ranges);
}

function outOfOrder(
  life: Life,
  { origin, incarnation, sequence }: { origin: NodeId; incarnation: number; sequence: number },
): Broken | null {
  const stream = streamKey({ origin, incarnation });
  const last = life.last.get(stream) ?? 0;
  life.last.set(stream, sequence);
  const givenUp: ReadonlyRanges = life.givenUp.get(stream) ?? [];
  let next = last + 1;
  while (next < sequence && contains(givenUp, next)) next += 1;
  if (next === sequence) return null;
  return broken('fifo', `it delivers ${sequence} of ${stream} after ${last}`);
}

function boundsBroken({ receipt, options }: GossipState): Broken | null {
  const sizes: readonly (readonly [what: string, size: number, max: number])[] = [
    ['stored messages', receipt.order.length, options.storedMessagesMax],
    ['stored bytes', receipt.storedBytes, options.storedBytesMax],
    ['held messages', receipt.heldCount, heldMax],
    ['lives of an origin', Math.max(0, ...Object.values(receipt.lives)), incarnationsMax],
    ['ranges', Math.max(0, ...Object.values(receipt.streams).map(({ ranges }) => ranges.length)), rangesMax],
  ];
  return tooMany('stores-bounded', sizes);
}

function tooMany(
  rule: Rule,
  sizes: readonly (readonly [what: string, size: number, max: number])[],
): Broken | null {
  const beyond = sizes.find(([, size, max]) => size > max);
  return beyond === undefined ? null : broken(rule, `it has ${beyond[1]} ${beyond[0]}, at most ${beyond[2]}`);
}

/** What holds after every step at a node of the overlay. */
function overlayBroken({ self, membership, tree, options }: OverlayState): Broken | null {
  const active = membership.active.map(({ node }) => node);
  const { passive, lost, requests } = membership;
  const both = [...active, ...passive];
  if (new Set(both).size < both.length || both.includes(self))
    return broken('views-disjoint', `active ${active.join(' ')}, passive ${passive.join(' ')}`);
  const links = [...tree.eager, ...tree.lazy];
  const isPartition = new Set(links).size === links.length && links.length === active.length;
  if (!isPartition || !active.every((node) => links.includes(node)))
    return broken(
      'tree-on-active-view',
      `eager ${tree.eager.join(' ')}, lazy ${tree.lazy.join(' ')}, active ${active.join(' ')}`,
    );
  return (
    tooMany('views-capped', [
      ['neighbours', active.length, options.activeViewMax],
      ['in its passive view', passive.length, options.passiveViewMax],
    ]) ??
    tooMany('stores-bounded', [
      ['lost peers', lost.length, lostMax],
      ['requests', requests.length, requestsMax],
      ['missing messages', tree.missingCount, missingMax],
      ['links wanted', membership.wanted.length, options.activeViewMax + requestsMax],
    ])
  );
}
