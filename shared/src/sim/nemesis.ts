import type { NodeId } from '../core/index.js';
import type { FaultAction, FaultDeed } from './actions.js';
import type { VirtualNode } from './node.js';
import type { LinkName } from './partitions.js';
import { simulatedRun, type World } from './world.js';

/** So long a leader that was asked to hand over is watched, and so often: the cut comes before the news. */
const handOverMaxMs = 500;
const lookEveryMs = 0.5;

/** Carries out a schedule of fault actions on a world, until it is called off. */
export class Nemesis {
  /** What has been done so far, in order. */
  readonly done: FaultAction[] = [];
  readonly #world: World;
  readonly #actions: readonly FaultAction[];
  #next = 0;
  #active = true;

  /** `actions` in the order of time. */
  constructor(world: World, actions: readonly FaultAction[]) {
    this.#world = world;
    this.#actions = actions;
    this.#waitForNext();
  }

  /** No more faults: what is cut is mended, who stands still goes on, who is down and not gone for good comes back. */
  stop(): void {
    this.#active = false;
    this.#world.heal();
  }

  #waitForNext(): void {
    const action = this.#actions[this.#next];
    if (action === undefined) return;
    this.#next += 1;
    this.#later(action.atMs - this.#world.scheduler.nowMs, () => {
      this.done.push(action);
      this.#world.noteAction(action);
      this.#carryOut(action.deed);
      this.#waitForNext();
    });
  }

  #later(afterMs: number, act: () => void): void {
    this.#world.scheduler.schedule(afterMs, () => {
      if (this.#active) act();
    });
  }

  #carryOut(deed: FaultDeed): void {
    const { network, leader } = this.#world;
    switch (deed.type) {
      case 'cut':
        return this.#cut(deed.links, deed.forMs);
      case 'cut-leader':
        return leader === null ? undefined : this.#cut(this.#linksOf(leader), deed.forMs);
      case 'hand-over':
        return this.#handOver(deed);
      case 'clog':
        network.clog(deed.from, deed.to);
        return this.#later(deed.forMs, () => network.unclog(deed.from, deed.to));
      default:
        return this.#strike(this.#world.node(deed.node), deed);
    }
  }

  #cut(links: readonly LinkName[], forMs: number): void {
    const { network } = this.#world;
    for (const [from, to] of links) network.cut(from, to);
    this.#later(forMs, () => {
      for (const [from, to] of links) network.mend(from, to);
    });
  }

  /** Nothing while nobody leads, or where a protocol hands nothing over. */
  #handOver({ to, forMs }: Extract<FaultDeed, { readonly type: 'hand-over' }>): void {
    const { leader, nodes, scheduler } = this.#world;
    const next = nodes[(nodes.findIndex(({ id }) => id === to) + 1) % nodes.length];
    const heir = leader?.id === to ? next : this.#world.node(to);
    if (leader === null || heir === undefined) return;
    const reign = this.#world.observed(leader.id)?.reign ?? 0;
    leader.control({ kind: 'transferLeadership', to: heir.id }, simulatedRun, () => {
      // Whether it came to that is for the checkers to judge.
    });
    const untilMs = scheduler.nowMs + handOverMaxMs;
    const look = (): void => {
      const isOver = (this.#world.observed(heir.id)?.reign ?? 0) > reign;
      if (isOver) this.#cut(this.#linksOf(leader), forMs);
      else if (scheduler.nowMs < untilMs) this.#later(lookEveryMs, look);
    };
    look();
  }

  /** In both directions. */
  #linksOf(node: VirtualNode): LinkName[] {
    const others = this.#world.nodes.filter((other) => other !== node);
    return others.flatMap(({ id }): LinkName[] => [
      [node.id, id],
      [id, node.id],
    ]);
  }

  #strike(node: VirtualNode, deed: Extract<FaultDeed, { readonly node: NodeId }>): void {
    const world = this.#world;
    const untilMs = world.scheduler.nowMs + ('forMs' in deed ? deed.forMs : 0);
    switch (deed.type) {
      case 'crash':
        if (!node.up) return;
        world.crash(node, deed.survivingWrites);
        return this.#later(deed.downMs, () => node.start());
      case 'fail-write':
        node.failNextWrite(deed.survivingWrites, () => this.#later(deed.downMs, () => node.start()));
        return;
      case 'stall-disk':
        return node.stallDisk(untilMs);
      case 'drift-clock':
        return node.driftClock(deed.rate, deed.offsetMs, untilMs);
      case 'jump-clock':
        return node.jumpClock(deed.byMs);
      case 'pause':
        return node.pause(untilMs);
      case 'throttle':
        return node.machine.throttle(deed.everyMs, untilMs);
      case 'freeze':
        return node.machine.freeze(untilMs);
      case 'lose-disk':
      case 'leave-down':
        return world.remove(node, deed.type === 'lose-disk');
    }
  }
}
