import {
  type AnyProtocol,
  type Effect,
  type InvariantChecker,
  type NodeId,
  nextFloat,
  type Observation,
  type ProcessEvent,
  type RandomState,
  seedRandom,
  serverInstance,
  type Violation,
} from '../core/index.js';
import { actionText, type FaultAction } from './actions.js';
import { DurabilityWatch } from './durability.js';
import { type Liars, nobodyLies } from './liars.js';
import { VirtualLinks } from './links.js';
import { type NetworkConditions, VirtualNetwork } from './network.js';
import { specOf, VirtualNode } from './node.js';
import { Scheduler } from './scheduler.js';
import { TraceHash } from './trace-hash.js';
import { transcriptLine } from './transcript.js';
import { frameText, type TranscriptLog } from './transcript-log.js';
import { type Outcome, violated } from './trial.js';

export type WorldOptions = {
  readonly protocol: AnyProtocol;
  readonly nodes: readonly NodeId[];
  /** Whom the run begins with. */
  readonly voters: readonly NodeId[];
  readonly seed: number;
  readonly network: NetworkConditions;
  readonly diskLatencyMaxMs: number;
  readonly protocolOptions: unknown;
  /** Where the run is told in words; null where nobody reads it. */
  readonly transcript: TranscriptLog | null;
  /** Who lies; nobody without it. */
  readonly liars?: Liars;
};

export const simulatedRun = 'sim';

/** What ended a seed before its time: a rule that fell, or a node that could not go on for a reason of its own. */
export type Fall = Violation & { readonly atMs: number; readonly step: number };

/** The ids of a world's nodes: node1, node2 and so on. */
export function nodeIds(count: number): NodeId[] {
  return Array.from({ length: count }, (_, i) => `node${i + 1}`);
}

/** One seed's nodes, links and time, watched after every step. */
export class World {
  readonly scheduler = new Scheduler();
  readonly network: VirtualNetwork;
  readonly nodes: readonly VirtualNode[];
  readonly hash = new TraceHash();
  readonly transcript: TranscriptLog | null;
  readonly #options: WorldOptions;
  readonly #links: VirtualLinks;
  readonly #byId: ReadonlyMap<NodeId, VirtualNode>;
  readonly #diskRandom: RandomState;
  readonly #checker: InvariantChecker<unknown, unknown>;
  readonly #durability = new DurabilityWatch();
  readonly #liars: Liars;
  /** The store's digest at each applied index, as the first node that came there had it. */
  readonly #digests = new Map<number, string>();
  /** The servers' states, as each last stepped. */
  readonly #states = new Map<NodeId, unknown>();
  #steps = 0;
  #fall: Fall | null = null;

  constructor(options: WorldOptions) {
    const { protocol, nodes, voters, seed, network, protocolOptions, transcript } = options;
    this.#options = options;
    this.transcript = transcript;
    this.#diskRandom = seedRandom(seed, 'disk');
    this.#checker = protocol.createChecker(voters, protocolOptions);
    this.#liars = options.liars ?? nobodyLies;
    for (const [liar, { strategy }] of this.#liars) {
      this.#checker.lies?.(liar);
      this.#tell(liar, `lies: ${strategy}`);
    }
    this.#links = new VirtualLinks(
      this.scheduler,
      seedRandom(seed, 'links'),
      () => this.nodes,
      (from, to) => this.network.isCut(from, to),
    );
    this.network = new VirtualNetwork({
      scheduler: this.scheduler,
      random: seedRandom(seed, 'network'),
      nodes,
      deliver: (from, to, frame) => this.node(to).receive(from, frame),
      onCutsChange: () => this.#links.update(),
      onLoss: (from, to, frame, why) => {
        if (transcript === null) return;
        this.#tell('network', `${frameText(protocol, frame)} from ${from} to ${to} is lost: ${why}`);
      },
    });
    this.network.conditions = network;
    this.nodes = nodes.map((id, i) => this.#createNode(id, seed * 31 + i));
    this.#byId = new Map(this.nodes.map((node) => [node.id, node]));
  }

  get steps(): number {
    return this.#steps;
  }

  get fall(): Fall | null {
    return this.#fall;
  }

  /** The fall as the outcome of a run; null where nothing fell. */
  get fallen(): Outcome | null {
    if (this.#fall === null) return null;
    const { rule, node, atMs, step, why } = this.#fall;
    return violated(rule, `${rule} at ${node}, ${atMs.toFixed(1)} ms, step ${step}: ${why}`);
  }

  /** What the protocol promises and has not come true yet, now that nothing is wrong any more; null for nothing. */
  atQuiescence(): Violation | null {
    return this.#checker.atQuiescence?.(this.remaining.map(({ id }) => id)) ?? null;
  }

  /** The nodes that are not gone for good. */
  get remaining(): readonly VirtualNode[] {
    return this.nodes.filter(({ gone }) => !gone);
  }

  /** Who leads: of those who believe that they do, the one in the highest reign; null when nobody does. */
  get leader(): VirtualNode | null {
    return this.leaders.at(-1) ?? null;
  }

  /** Those who believe that they lead, by rising reign: all but the last believe it too long. */
  get leaders(): readonly VirtualNode[] {
    const server = this.#options.protocol.instances.server.process;
    const seen = this.nodes.flatMap((node) => {
      const state = this.#states.get(node.id);
      if (state === undefined || !node.up) return [];
      const { leader, reign } = server.observe(state);
      return leader === node.id ? [{ node, reign }] : [];
    });
    return seen.sort((a, b) => a.reign - b.reign).map(({ node }) => node);
  }

  /** What the server of a node shows of itself, as of its last step; null before its first. */
  observed(id: NodeId): Observation | null {
    const state = this.#states.get(id);
    return state === undefined ? null : this.#options.protocol.instances.server.process.observe(state);
  }

  /** Throws `RangeError` when there is none of that name. */
  node(id: NodeId): VirtualNode {
    const node = this.#byId.get(id);
    if (node === undefined) throw new RangeError(`there is no ${id}`);
    return node;
  }

  /** Of the writes under way the first `survivingWrites` stay. */
  crash(node: VirtualNode, survivingWrites: number): void {
    node.crash(survivingWrites);
    this.#crashed(node.id);
  }

  /** The node is gone for good, its disk with it where `isDiskLost`. */
  remove(node: VirtualNode, isDiskLost: boolean): void {
    node.leave(isDiskLost);
    this.#crashed(node.id);
  }

  /** Every fault ends; who is not gone for good is up then. */
  heal(): void {
    this.#tell('nemesis', 'all faults end');
    this.hash.add(`heal ${this.scheduler.nowMs}`);
    this.network.heal();
    for (const node of this.nodes) node.heal();
  }

  noteAction(action: FaultAction): void {
    this.hash.add(`${action.id} ${this.scheduler.nowMs}`);
    this.#tell('nemesis', actionText(action));
  }

  /** Runs until `untilMs` of virtual time, `stepsMax` steps, a fall, or until `done` says so. Answers whether `done` did. */
  run(untilMs: number, stepsMax: number, done: () => boolean = () => false): boolean {
    while (this.#fall === null && this.#steps < stepsMax) {
      if (done()) return true;
      if (!this.scheduler.runNext(untilMs)) return false;
    }
    return false;
  }

  #createNode(id: NodeId, seed: number): VirtualNode {
    const { protocol, voters, diskLatencyMaxMs, protocolOptions, transcript } = this.#options;
    return new VirtualNode({
      id,
      seed,
      scheduler: this.scheduler,
      spec: () => specOf(simulatedRun, protocol, voters, protocolOptions),
      liar: this.#liars.get(id) ?? null,
      onLife: () => this.#links.update(),
      flushMs: () => 0.2 + nextFloat(this.#diskRandom) * diskLatencyMaxMs,
      send: (to, frame) => this.network.send(id, to, frame),
      onStep: (node, instance, state, event, effects) =>
        this.#afterStep(node, instance, state, event, effects),
      onDiskFailure: (node) => this.#crashed(node),
      onFailure: (node, why, cause) => this.fell({ rule: 'own-code', node, why: `${why}: ${cause.stack}` }),
      onTrace:
        transcript === null
          ? null
          : (events) => {
              for (const event of events) {
                const line = transcriptLine(event);
                if (line !== null) transcript.addLine(event.wallMs, line);
              }
            },
    });
  }

  #crashed(node: NodeId): void {
    this.hash.add(`crash ${node} ${this.scheduler.nowMs}`);
    this.#tell(node, 'has crashed');
    this.#checker.afterCrash(node);
  }

  #tell(who: string, text: string): void {
    this.transcript?.add(this.scheduler.nowMs, who, text);
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
    const broken = this.#durability.afterStep(node, instance, event, effects);
    if (broken !== null) this.fell(broken);
    if (instance !== serverInstance) return;
    this.#states.set(node, state);
    const violation =
      this.#checker.afterStep(node, state, event, effects) ?? this.#compareDigest(node, event);
    if (violation !== null) this.fell(violation);
  }

  /** Equal entries applied give equal stores, at every index where two nodes stop to tell. */
  #compareDigest(node: NodeId, event: ProcessEvent<unknown>): Violation | null {
    // A liar's store is its own affair.
    if (event.type !== 'executed' || event.isTentative || this.#liars.has(node)) return null;
    const index = event.outcomes.at(-1)?.index;
    if (index === undefined) return null;
    const first = this.#digests.get(index);
    if (first === undefined) this.#digests.set(index, event.digest);
    if (first === undefined || first === event.digest) return null;
    const why = `its store has digest ${event.digest} after entry ${index}, where another had ${first}`;
    return { rule: 'equal-stores', node, why };
  }

  /** Something that must hold does not: the seed ends with the first. */
  fell(violation: Violation): void {
    if (this.#fall !== null) return;
    this.#fall = { ...violation, atMs: this.scheduler.nowMs, step: this.#steps };
    this.#tell(violation.node, `breaks ${violation.rule}: ${violation.why}`);
  }
}
