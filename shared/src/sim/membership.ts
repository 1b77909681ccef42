import {
  type AnyProtocol,
  type ControlAction,
  type NodeId,
  nextChance,
  nextFloat,
  nextInt,
  pick,
  type RandomState,
  seedRandom,
} from '../core/index.js';
import type { FaultBudget } from './budget.js';
import { around } from './draw.js';
import type { VirtualNode } from './node.js';
import { simulatedRun, type World } from './world.js';

/** What one seed does to who votes and who leads. */
export type MembershipPlan = {
  /** Whom the run begins with; the other nodes wait to be made voters. */
  readonly voters: readonly NodeId[];
  /** Mean time between an administrator's requests, ms; 0 for none. */
  readonly changeEveryMs: number;
  readonly transferChance: number;
};

/** Whom a run could begin with: everybody, but that in a third of the seeds of a broadcast some take part without a vote. */
export function drawVoters(
  { kind, votersMin }: AnyProtocol,
  nodes: readonly NodeId[],
  seed: number,
): readonly NodeId[] {
  if (kind === 'log' || nodes.length <= votersMin) return nodes;
  const random = seedRandom(seed, 'voters');
  return nextChance(random, 1 / 3) ? nodes.slice(0, nextInt(random, votersMin, nodes.length - 1)) : nodes;
}

/**
 * Half of the seeds of a protocol that can do it change voters and leaders under way; not where nodes go for good, since
 * they might be the majority of the few that vote just then.
 */
export function drawMembership(
  protocol: AnyProtocol,
  nodes: readonly NodeId[],
  seed: number,
  { gone }: FaultBudget,
): MembershipPlan {
  const random = seedRandom(seed, 'membership');
  const changes = protocol.reconfigures && nodes.length > 1 && gone.length === 0 && nextChance(random, 0.5);
  if (!changes) {
    return { voters: nodes, changeEveryMs: 0, transferChance: 0 };
  }
  const voters = nodes.slice(0, nextInt(random, 1, nodes.length));
  return {
    voters,
    changeEveryMs: 100 + nextFloat(random) * 2_000,
    transferChance: nextFloat(random) * 0.6,
  };
}

/** An administrator who wants other voters, or another leader, again and again, whatever became of the last wish. */
export class MembershipChanges {
  readonly #world: World;
  readonly #plan: MembershipPlan;
  readonly #random: RandomState;
  #active = true;
  #done = 0;

  constructor(world: World, plan: MembershipPlan, random: RandomState) {
    this.#world = world;
    this.#plan = plan;
    this.#random = random;
    if (plan.changeEveryMs > 0) this.#later();
  }

  /** Requests that were answered as done. */
  get done(): number {
    return this.#done;
  }

  stop(): void {
    this.#active = false;
  }

  #later(): void {
    this.#world.scheduler.schedule(around(this.#random, this.#plan.changeEveryMs), () => {
      if (!this.#active) return;
      const node: VirtualNode = pick(this.#random, this.#world.nodes);
      node.control(this.#draw(), simulatedRun, (answer) => {
        if (answer.ok) this.#done += 1;
      });
      this.#later();
    });
  }

  #draw(): ControlAction {
    const ids = this.#world.nodes.map(({ id }) => id);
    if (nextChance(this.#random, this.#plan.transferChance)) {
      return { kind: 'transferLeadership', to: pick(this.#random, ids) };
    }
    const voters = ids.filter(() => nextChance(this.#random, 0.6));
    return { kind: 'reconfigure', voters: voters.length === 0 ? [pick(this.#random, ids)] : voters };
  }
}
