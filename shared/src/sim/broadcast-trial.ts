import { nextInt, pick, type RandomState, type Violation } from '../core/index.js';
import { encodeValue } from '../wire/index.js';
import type { FaultAction } from './actions.js';
import { expectationOf, type FaultBudget } from './budget.js';
import { around } from './draw.js';
import type { VirtualNode } from './node.js';
import { type Outcome, type Trial, violated } from './trial.js';
import type { Load } from './workload.js';
import { simulatedRun, type World } from './world.js';

/** After all faults have ended, what must come true has come true by then: many times the longest wait between two tries. */
const quiescenceMs = 300_000;
/** How long a cluster of too few nodes is watched for a delivery that it must not make. */
const watchingMs = 5_000;
/** How often it is looked whether it has. */
const lookEveryMs = 200;
/** Once it has, the world goes on for so long: what comes late must not break it again. */
const lateMs = 2_000;
/** Of payloads, the shortest and the longest filling. */
const fillBytesMax = 200;

/** Users who broadcast at random nodes, each payload another one, so that a delivery can be told from every other. */
export class BroadcastTrial implements Trial {
  readonly #world: World;
  readonly #load: Pick<Load, 'clients' | 'thinkMs' | 'staysAtHome'>;
  readonly #random: RandomState;
  #active = true;
  #operations = 0;
  #acknowledged = 0;

  constructor(world: World, load: Load, random: RandomState) {
    this.#world = world;
    this.#load = load;
    this.#random = random;
    for (let client = 0; client < load.clients; client++) this.#later(client);
  }

  get operations(): number {
    return this.#operations;
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  stop(): void {
    this.#active = false;
  }

  /** One more broadcast at every remaining node must be taken on; then all is awaited that the protocol promises. */
  judge(budget: FaultBudget, _done: readonly FaultAction[]): Outcome {
    const world = this.#world;
    const goneCount = world.nodes.length - world.remaining.length;
    const expected = expectationOf(budget, goneCount);
    let taken = 0;
    for (const node of world.remaining) {
      this.#insist(node, () => {
        taken += 1;
      });
    }
    const isEnough = expected === 'progress';
    if (!isEnough) this.#runFor(watchingMs);
    const open = isEnough ? this.#awaitPromises(() => taken === world.remaining.length) : null;
    if (world.fallen !== null) return world.fallen;
    if (!isEnough) return { verdict: expected, rule: null, why: '' };
    if (taken < world.remaining.length) {
      const who = `${taken} of ${world.remaining.length} nodes`;
      return violated(
        'progress',
        `${who} took on a broadcast within ${quiescenceMs} ms after all faults had ended`,
      );
    }
    if (open !== null) {
      return violated(
        open.rule,
        `${open.rule} at ${open.node}, ${quiescenceMs} ms after all faults had ended: ${open.why}`,
      );
    }
    return { verdict: 'clean', rule: null, why: '' };
  }

  /** Answers with what has not come true in time, or null. */
  #awaitPromises(mayBegin: () => boolean): Violation | null {
    const world = this.#world;
    const endMs = world.scheduler.nowMs + quiescenceMs;
    while (world.scheduler.nowMs < endMs && world.fallen === null) {
      this.#runFor(lookEveryMs);
      if (!mayBegin() || world.atQuiescence() !== null) continue;
      this.#runFor(lateMs);
      break;
    }
    return world.fallen === null ? world.atQuiescence() : null;
  }

  #runFor(forMs: number): void {
    const world = this.#world;
    const untilMs = world.scheduler.nowMs + forMs;
    // Time goes on to there even when nothing is due then.
    world.scheduler.schedule(forMs, () => undefined);
    world.run(untilMs, Number.POSITIVE_INFINITY);
  }

  #later(client: number): void {
    this.#world.scheduler.schedule(around(this.#random, this.#load.thinkMs), () => {
      if (!this.#active) return;
      const node = this.#nodeOf(client);
      if (node === null) return this.#later(client);
      this.#broadcast(node, () => undefined);
      this.#later(client);
    });
  }

  #nodeOf(client: number): VirtualNode | null {
    const { nodes } = this.#world;
    const up = nodes.filter((node) => node.up);
    if (up.length === 0) return null;
    const home = nodes[client % nodes.length];
    return this.#load.staysAtHome && home?.up === true ? home : pick(this.#random, up);
  }

  #insist(node: VirtualNode, done: () => void): void {
    this.#broadcast(node, (ok) => {
      if (ok) done();
      else this.#world.scheduler.schedule(100, () => this.#insist(node, done));
    });
  }

  #broadcast(node: VirtualNode, done: (ok: boolean) => void): void {
    this.#operations += 1;
    const number = this.#operations;
    const payload = encodeValue(`m${number}${'.'.repeat(nextInt(this.#random, 0, fillBytesMax))}`);
    this.#tell(node, `asks to broadcast m${number}`);
    node.request('propose', payload, simulatedRun, (answer) => {
      if (answer.ok) this.#acknowledged += 1;
      this.#tell(node, `m${number} is ${answer.ok ? 'taken on' : `refused: ${answer.error}`}`);
      done(answer.ok);
    });
  }

  #tell(node: VirtualNode, text: string): void {
    this.#world.transcript?.add(this.#world.scheduler.nowMs, `${node.id}/user`, text);
  }
}
