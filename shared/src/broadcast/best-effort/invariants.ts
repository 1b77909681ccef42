import {
  broadcastName,
  type Effect,
  isDelivery,
  type NodeId,
  type ProcessEvent,
  type Violation,
} from '../../core/index.js';
import { BroadcastChecker, rulesOf, sharedSentences } from '../common/checker.js';
import type { BestEffortMessage } from './messages.js';
import type { BestEffortOptions } from './options.js';
import type { BestEffortState } from './state.js';

const sentences = {
  ...sharedSentences,
  'no-duplication': 'No node delivers a broadcast twice in one life.',
  validity:
    'What a node broadcasts that does not crash, every node that it knew and that does not crash delivers in the end, unless it was given up.',
} as const;

/** Module 3.1: BEB1 validity, BEB2 no duplication, BEB3 no creation. No agreement: the sender alone is responsible. */
export class BestEffortChecker extends BroadcastChecker<BestEffortState, BestEffortMessage> {
  readonly rules = rulesOf(sentences);
  readonly #options: BestEffortOptions;
  readonly #givenUp = new Set<string>();
  /** When each broadcast was taken on: the lives of all whom its origin knew then. */
  readonly #audiences = new Map<string, ReadonlyMap<NodeId, number>>();

  constructor(nodes: readonly NodeId[], options: BestEffortOptions) {
    super(nodes, false);
    this.#options = options;
  }

  protected checkStep(
    node: NodeId,
    state: BestEffortState,
    _event: ProcessEvent<BestEffortMessage>,
    effects: readonly Effect<BestEffortMessage>[],
  ): Violation | null {
    for (const effect of effects) {
      if (effect.type === 'note' && effect.code === 'broadcast-given-up') {
        const { to, incarnation, sequence } = effect.data;
        this.#givenUp.add(`${node}/${incarnation}/${sequence} to ${to}`);
      }
      if (effect.type === 'indicate' && isDelivery(effect.output) && effect.output.origin === node) {
        const known = [node, ...Object.keys(state.peers)];
        const lives = known.map((other) => [other, this.memberOf(other).life] as const);
        this.#audiences.set(broadcastName(effect.output), new Map(lives));
      }
    }
    return null;
  }

  /** Between two sends of one incarnation over lossy links that send nothing again, anything may be lost. */
  protected judge(remaining: readonly NodeId[]): Violation | null {
    if (this.#options.retransmitMs === 0) return null;
    for (const [name, { id, acceptedIn }] of this.known) {
      if (acceptedIn === null || !remaining.includes(id.origin)) continue;
      if (!this.hasLivedOn(id.origin, acceptedIn)) continue;
      for (const node of remaining) {
        if (this.memberOf(node).delivered.has(name) || this.#givenUp.has(`${name} to ${node}`)) continue;
        const lifeThen = this.#audiences.get(name)?.get(node);
        if (lifeThen === undefined || !this.hasLivedOn(node, lifeThen)) continue;
        return {
          rule: 'validity',
          node,
          why: `it never delivered ${name}, whose origin has not crashed since`,
        };
      }
    }
    return null;
  }
}
