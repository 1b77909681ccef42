import {
  type AnyProtocol,
  clientInstance,
  type Effect,
  type InvariantChecker,
  type NodeId,
  nextChance,
  nextFloat,
  nextInt,
  type ProcessEvent,
  type RandomState,
  seedRandom,
  type Violation,
} from '../core/index.js';
import { VirtualLinks } from './links.js';
import { VirtualNetwork } from './network.js';
import { specOf, VirtualNode } from './node.js';
import { Scheduler } from './scheduler.js';
import type { SwarmPlan } from './swarm.js';
import { TraceHash } from './trace-hash.js';

export type WorldOptions = {
  readonly protocol: AnyProtocol;
  readonly nodes: number;
  readonly seed: number;
  readonly plan: SwarmPlan;
  readonly protocolOptions: unknown;
};

export const simulatedRun = 'sim';
/** Unsynced writes that may have reached the platter when a machine dies, though nobody was told. */
const survivingWritesMax = 4;

/** What ended a seed before its time: a rule that fell, or a node that could not go on for a reason of its own. */
export type Fall = Violation & { readonly atMs: number; readonly step: number };

/** One seed's nodes, links and time, watched after every step. */
export class World {
  readonly scheduler = new Scheduler();
  readonly network: VirtualNetwork;
  readonly nodes: readonly VirtualNode[];
  readonly hash = new TraceHash();
  readonly #links: VirtualLinks;
  readonly #plan: SwarmPlan;
  readonly #diskRandom: RandomState;
  readonly #checker: InvariantChecker<unknown, unknown>;
  /** The store's digest at each applied index, as the first node that came there had it. */
  readonly #digests = new Map<number, string>();
  #steps = 0;
  #fall: Fall | null = null;

  constructor({ protocol, nodes, seed, plan, protocolOptions }: WorldOptions) {
    const ids = Array.from({ length: nodes }, (_, i) => `node${i + 1}`);
    this.#plan = plan;
    this.#diskRandom = seedRandom(seed, 'disk');
    this.#checker = protocol.createChecker(ids, protocolOptions);
    this.#links = new VirtualLinks(
      this.scheduler,
      seedRandom(seed, 'links'),
      () => this.nodes,
      (from, to) => this.network.isCut(from, to),
    );
    this.network = new VirtualNetwork(this.scheduler, seedRandom(seed, 'network'), (from, to, frame) =>
      this.nodes.find((node) => node.id === to)?.receive(from, frame),
    );
    this.network.onCutsChange = () => this.#links.update();
    this.nodes = ids.map(
      (id, i) =>
        new VirtualNode({
          id,
          seed: seed * 31 + i,
          scheduler: this.scheduler,
          spec: () => specOf(simulatedRun, protocol, ids, protocolOptions),
          onLife: () => this.#links.update(),
          flushMs: () => 0.2 + nextFloat(this.#diskRandom) * this.#plan.diskLatencyMaxMs,
          send: (to, frame) => this.network.send(id, to, frame),
          onStep: (node, instance, state, event, effects) =>
            this.#afterStep(node, instance, state, event, effects),
          onFailure: (node, why, cause) =>
            this.#fell({ rule: 'own-code', node, why: `${why}: ${cause.stack}` }),
        }),
    );
  }

  get steps(): number {
    return this.#steps;
  }

  get fall(): Fall | null {
    return this.#fall;
  }

  crash(node: VirtualNode, random: RandomState): void {
    const isTorn = nextChance(random, this.#plan.tornChance);
    this.hash.add(`crash ${node.id} ${this.scheduler.nowMs}`);
    node.crash(isTorn ? nextInt(random, 0, survivingWritesMax) : 0);
    this.#checker.afterCrash(node.id);
  }

  /** Runs until `untilMs` of virtual time, `stepsMax` steps, a fall, or until `done` says so. Answers whether `done` did. */
  run(untilMs: number, stepsMax: number, done: () => boolean = () => false): boolean {
    while (this.#fall === null && this.#steps < stepsMax) {
      if (done()) return true;
      if (!this.scheduler.runNext(untilMs)) return false;
    }
    return false;
  }

  #afterStep(
    node: NodeId,
    instance: string,
    state: unknown,
    event: ProcessEvent<unknown>,
    effects: readonly Effect<unknown>[],
  ): void {
    this.#steps += 1;
    this.hash.add(`${node} ${instance} ${event.type} ${event.now} ${effects.length}`);
    if (instance === clientInstance) return;
    const violation =
      this.#checker.afterStep(node, state, event, effects) ?? this.#compareDigest(node, event);
    if (violation !== null) this.#fell(violation);
  }

  /** Equal entries applied give equal stores, at every index where two nodes stop to tell. */
  #compareDigest(node: NodeId, event: ProcessEvent<unknown>): Violation | null {
    if (event.type !== 'executed') return null;
    const index = event.outcomes.at(-1)?.index;
    if (index === undefined) return null;
    const first = this.#digests.get(index);
    if (first === undefined) this.#digests.set(index, event.digest);
    if (first === undefined || first === event.digest) return null;
    const why = `its store has digest ${event.digest} after entry ${index}, where another had ${first}`;
    return { rule: 'equal-stores', node, why };
  }

  #fell(violation: Violation): void {
    this.#fall ??= { ...violation, atMs: this.scheduler.nowMs, step: this.#steps };
  }
}
