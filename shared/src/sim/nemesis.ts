import { nextChance, nextInt, pick, type RandomState } from '../core/index.js';
import type { VirtualNode } from './node.js';
import { around, type SwarmPlan } from './swarm.js';
import type { World } from './world.js';

/** Crashes and cuts, as the plan has them, until it is called off. */
export class Nemesis {
  readonly #world: World;
  readonly #plan: SwarmPlan;
  readonly #random: RandomState;
  #active = true;

  constructor(world: World, plan: SwarmPlan, random: RandomState) {
    this.#world = world;
    this.#plan = plan;
    this.#random = random;
    if (plan.crashEveryMs > 0) this.#later(plan.crashEveryMs, () => this.#crashOne());
    if (plan.partitionEveryMs > 0) this.#later(plan.partitionEveryMs, () => this.#partition());
  }

  /** No more faults; what is cut is healed and who is down comes back. */
  stop(): void {
    this.#active = false;
    this.#world.network.heal();
    for (const node of this.#world.nodes) if (!node.up) node.start();
  }

  #later(meanMs: number, act: () => void): void {
    this.#world.scheduler.schedule(around(this.#random, meanMs), () => {
      if (this.#active) act();
    });
  }

  #crashOne(): void {
    const node = pick(this.#random, this.#world.nodes);
    if (node.up) {
      this.#world.crash(node, this.#random);
      this.#later(this.#plan.downMs, () => this.#restart(node));
    }
    this.#later(this.#plan.crashEveryMs, () => this.#crashOne());
  }

  #restart(node: VirtualNode): void {
    if (!node.up) node.start();
  }

  /** Splits the nodes into two sides of any size, or cuts single links, in one direction or in both. */
  #partition(): void {
    const { nodes, network } = this.#world;
    const isOneWay = nextChance(this.#random, this.#plan.oneWayChance);
    const side = nodes.map(() => nextInt(this.#random, 0, 1) === 0);
    const isSplit = nextChance(this.#random, 0.7);
    nodes.forEach((from, i) => {
      nodes.forEach((to, j) => {
        const separated = isSplit ? side[i] !== side[j] : nextChance(this.#random, 0.3);
        if (i !== j && separated && (!isOneWay || side[i] === true)) network.cut(from.id, to.id);
      });
    });
    this.#later(this.#plan.partitionMs, () => {
      network.healCuts();
      this.#later(this.#plan.partitionEveryMs, () => this.#partition());
    });
  }
}
