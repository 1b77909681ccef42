import {
  broadcastName,
  type Delivery,
  type DiskImage,
  type Effect,
  isDelivery,
  isRecovery,
  majority,
  type NodeId,
  type ProcessEvent,
  type Violation,
} from '../../core/index.js';
import { BroadcastChecker, rulesOf, sharedSentences } from '../common/checker.js';
import type { Holding, ReliableMessage } from './messages.js';
import { beginWrites, completeWrites, createMirror, hasOnDisk, hasOne, type Mirror } from './mirror.js';
import type { ReliableOptions } from './options.js';
import { readDisk } from './recovery.js';
import type { ReliableState } from './state.js';

const sentences = {
  ...sharedSentences,
  validity: 'What a node took on that remains, it delivers.',
  agreement:
    'What a node delivers that remains, all that remain deliver, unless it was dropped from full stores.',
  'uniform-agreement':
    'What any node delivers, even one that is gone for good, all that remain deliver, unless it was dropped from full stores.',
  'delivery-needs-majority':
    'Where deliveries are uniform, only what a majority of the voters has on disk is delivered.',
  'delivery-needs-disk':
    'A delivery is on disk before it is indicated, so that a restart does not repeat it.',
  'promise-needs-disk': 'No node sends, or says to have, what its disk does not hold yet.',
  'fifo-order':
    'Where order is FIFO, the broadcasts of one origin are delivered in the order in which it made them.',
  'missed-needs-dropped': 'A node gives up only what another has dropped from its full store.',
} as const;

/** Modules 3.2 and 3.3, in their crash-recovery form (3.6), and 3.8 where order is FIFO. */
export class ReliableChecker extends BroadcastChecker<ReliableState, ReliableMessage> {
  readonly rules = rulesOf(sentences);
  readonly #options: ReliableOptions;
  readonly #voters: readonly NodeId[];
  readonly #mirrors = new Map<NodeId, Mirror>();
  /** What was dropped anywhere, by origin and sequence. */
  readonly #dropped = new Map<NodeId, Set<number>>();
  /** By node and origin: up to where what it dropped is in there. */
  readonly #notedUpTo = new Map<string, number>();
  /** What each node has given up: `origin/sequence`. */
  readonly #missed = new Map<NodeId, Set<string>>();
  /** At each node the last number of each origin that was delivered. */
  readonly #last = new Map<NodeId, Map<NodeId, number>>();

  constructor(voters: readonly NodeId[], options: ReliableOptions) {
    super(voters, true);
    this.#voters = voters;
    this.#options = options;
  }

  protected checkStep(
    node: NodeId,
    state: ReliableState,
    event: ProcessEvent<ReliableMessage>,
    effects: readonly Effect<ReliableMessage>[],
  ): Violation | null {
    const mirror = this.#mirrorOf(node);
    completeWrites(mirror, event);
    this.#noteDropped(node, state, effects);
    const violation =
      (event.type === 'start' ? this.#recallMissed(node, event.disk) : null) ??
      this.#checkEffects(node, mirror, effects);
    beginWrites(mirror, effects);
    return violation;
  }

  protected judge(remaining: readonly NodeId[]): Violation | null {
    const { uniform } = this.#options;
    const delivered = new Set<string>();
    for (const [node, member] of this.members) {
      if (!uniform && !remaining.includes(node)) continue;
      for (const name of member.delivered.keys()) delivered.add(name);
    }
    for (const [name, { id, acceptedIn }] of this.known) {
      const mustHave = acceptedIn !== null && remaining.includes(id.origin);
      if (mustHave && !this.memberOf(id.origin).delivered.has(name)) {
        return {
          rule: 'validity',
          node: id.origin,
          why: `it never delivered ${name}, which it had taken on`,
        };
      }
      if (!delivered.has(name)) continue;
      for (const node of remaining) {
        if (this.memberOf(node).delivered.has(name)) continue;
        if (this.#missed.get(node)?.has(`${id.origin}/${id.sequence}`)) continue;
        const rule = uniform ? 'uniform-agreement' : 'agreement';
        return { rule, node, why: `it never delivered ${name}, which another did` };
      }
    }
    return null;
  }

  #checkEffects(node: NodeId, mirror: Mirror, effects: readonly Effect<ReliableMessage>[]): Violation | null {
    for (const effect of effects) {
      const violation = this.#checkEffect(node, mirror, effect);
      if (violation !== null) return violation;
    }
    return null;
  }

  #checkEffect(node: NodeId, mirror: Mirror, effect: Effect<ReliableMessage>): Violation | null {
    switch (effect.type) {
      case 'send':
        return checkPromise(node, mirror, effect.message);
      case 'indicate':
        if (isDelivery(effect.output)) return this.#checkDelivery(node, mirror, effect.output);
        return isRecovery(effect.output) ? this.#recover(node, effect.output.deliveries) : null;
      case 'note':
        return effect.code === 'broadcast-missed' ? this.#checkMissed(node, effect.data) : null;
      default:
        return null;
    }
  }

  #checkDelivery(node: NodeId, mirror: Mirror, delivery: Delivery): Violation | null {
    const { origin, sequence } = delivery;
    const name = broadcastName(delivery);
    const delivered = mirror.origins[origin]?.delivered;
    if (delivered === undefined || !(sequence <= delivered.upTo || delivered.ahead.includes(sequence))) {
      return { rule: 'delivery-needs-disk', node, why: `its disk does not say that ${name} is delivered` };
    }
    const holders = this.#voters.filter((voter) => hasOne(this.#mirrorOf(voter), origin, sequence));
    if (this.#options.uniform && holders.length < majority(this.#voters.length)) {
      const why = `it delivers ${name}, which only (${holders.join(', ')}) have on disk`;
      return { rule: 'delivery-needs-majority', node, why };
    }
    return this.#checkOrder(node, delivery);
  }

  #checkOrder(node: NodeId, { origin, sequence }: Delivery): Violation | null {
    const last = this.#lastOf(node);
    const before = last.get(origin) ?? 0;
    last.set(origin, sequence);
    if (!this.#options.fifo) return null;
    for (let between = before + 1; between < sequence; between++) {
      if (this.#missed.get(node)?.has(`${origin}/${between}`)) continue;
      return { rule: 'fifo-order', node, why: `it delivers ${sequence} of ${origin} before ${between}` };
    }
    if (sequence > before) return null;
    return { rule: 'fifo-order', node, why: `it delivers ${sequence} of ${origin} after ${before}` };
  }

  #recover(node: NodeId, deliveries: readonly Delivery[]): Violation | null {
    const last = this.#lastOf(node);
    for (const delivery of deliveries) {
      const violation = this.adopt(node, delivery);
      if (violation !== null) return violation;
      last.set(delivery.origin, Math.max(last.get(delivery.origin) ?? 0, delivery.sequence));
    }
    return null;
  }

  /** It may have crashed between the write and its word. */
  #recallMissed(node: NodeId, disk: DiskImage): Violation | null {
    for (const entry of readDisk(disk, this.#options.uniform).entries) {
      const violation = entry.kind === 'missed' ? this.#checkMissed(node, entry) : null;
      if (violation !== null) return violation;
    }
    return null;
  }

  #checkMissed(
    node: NodeId,
    { origin, first, last }: { readonly [key: string]: string | number | boolean | null },
  ): Violation | null {
    const missed = this.#missed.get(node) ?? new Set();
    this.#missed.set(node, missed);
    for (let sequence = Number(first); sequence <= Number(last); sequence++) {
      missed.add(`${origin}/${sequence}`);
      if (this.#dropped.get(String(origin))?.has(sequence)) continue;
      const why = `it gives up ${sequence} of ${origin}, which nobody has dropped`;
      return { rule: 'missed-needs-dropped', node, why };
    }
    return null;
  }

  /** A node has dropped what it had and does not hold any more. */
  #noteDropped(node: NodeId, state: ReliableState, effects: readonly Effect<ReliableMessage>[]): void {
    const drops = effects.some(
      (effect) => effect.type === 'persist' && effect.ops.some(({ kind }) => kind === 'compactTo'),
    );
    if (!drops) return;
    for (const [name, { dropped }] of Object.entries(state.origins)) {
      const all = this.#dropped.get(name) ?? new Set();
      this.#dropped.set(name, all);
      const noted = this.#notedUpTo.get(`${node} ${name}`) ?? 0;
      for (let sequence = noted + 1; sequence <= dropped.have.upTo; sequence++) all.add(sequence);
      this.#notedUpTo.set(`${node} ${name}`, dropped.have.upTo);
      for (const sequence of dropped.have.ahead) all.add(sequence);
    }
  }

  #mirrorOf(node: NodeId): Mirror {
    const mirror = this.#mirrors.get(node) ?? createMirror(this.#options.uniform);
    this.#mirrors.set(node, mirror);
    return mirror;
  }

  #lastOf(node: NodeId): Map<NodeId, number> {
    const last = this.#last.get(node) ?? new Map();
    this.#last.set(node, last);
    return last;
  }
}

function checkPromise(node: NodeId, mirror: Mirror, message: ReliableMessage): Violation | null {
  const broken = (what: string): Violation => ({
    rule: 'promise-needs-disk',
    node,
    why: `it ${what}, which its disk does not hold yet`,
  });
  switch (message.type) {
    case 'broadcast':
    case 'relay': {
      const early = message.messages.find(({ origin, sequence }) => !hasOne(mirror, origin, sequence));
      return early === undefined ? null : broken(`sends ${broadcastName(early)}`);
    }
    case 'acknowledge':
    case 'digest':
    case 'dropped': {
      const early = message.holdings.find((holding: Holding) => !hasOnDisk(mirror, holding.origin, holding));
      return early === undefined ? null : broken(`says to have ${early.upTo} and more of ${early.origin}`);
    }
  }
}
