import type { OperationLine } from '../check/index.js';
import { nextChance, nextInt, pick, type RandomState } from '../core/index.js';
import {
  type Command,
  CommandError,
  type CommandResult,
  decodeResult,
  encodeOperation,
} from '../store/index.js';
import { WireError } from '../wire/index.js';
import { around } from './draw.js';
import type { VirtualNode } from './node.js';
import type { SwarmPlan } from './swarm.js';
import { simulatedRun, type World } from './world.js';

/** After about so many operations clients turn to new keys: the check of a key's history can cost the square and more. */
const operationsPerKey = 50;
/** Listings have paths of their own, and soon new ones: a listing joins all that is below it into one check. */
const listedChance = 0.1;
const operationsPerList = 80;
/** Of the paths that were asked to be changed, the last so many are looked at once more in the end. */
const readBackMax = 40;

export type Load = Omit<SwarmPlan, 'network' | 'diskLatencyMaxMs'>;

/** Clients that ask for one thing after another, at their own node or at any, and write down what they asked and what they got. */
export class Workload {
  readonly lines: OperationLine[] = [];
  readonly #world: World;
  readonly #plan: Load;
  readonly #random: RandomState;
  /** Paths that a client has asked to change, the newest last. */
  readonly #changed = new Set<string>();
  #active = true;
  #nextOp = 1;
  #nextValue = 1;
  #acknowledged = 0;

  constructor(world: World, plan: Load, random: RandomState) {
    this.#world = world;
    this.#plan = plan;
    this.#random = random;
    for (let client = 0; client < plan.clients + plan.readers; client++) this.#later(client);
  }

  /** Writes that were answered. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  stop(): void {
    this.#active = false;
  }

  /** One more write, outside the clients' rhythm; `done` is called when it has been answered with a result. */
  writeOnce(node: VirtualNode, done: () => void): void {
    this.#insist(node, { op: 'put', path: '/healed', value: this.#nextValue++ }, done);
  }

  /**
   * Looks once more at what was changed last, at each of `nodes` in turn: what was acknowledged and is lost shows in the
   * history. `done` is called when all has been answered.
   */
  readBack(nodes: readonly VirtualNode[], done: () => void): void {
    const paths = [...this.#changed];
    let waiting = paths.length;
    if (waiting === 0) return done();
    paths.forEach((path, i) => {
      const node = nodes[i % nodes.length];
      if (node === undefined) return;
      this.#insist(node, { op: 'get', path }, () => {
        waiting -= 1;
        if (waiting === 0) done();
      });
    });
  }

  /** Asks until there is a result. */
  #insist(node: VirtualNode, command: Command, done: () => void): void {
    this.#ask(node, command, (ok) => {
      if (ok) done();
      else this.#world.scheduler.schedule(100, () => this.#insist(node, this.#anew(command), done));
    });
  }

  /** A write whose outcome nobody knows is not repeated: another takes its place. */
  #anew(command: Command): Command {
    return command.op === 'put' ? { ...command, value: this.#nextValue++ } : command;
  }

  #later(client: number): void {
    const { clients, thinkMs, readerThinkMs } = this.#plan;
    const isReader = client >= clients;
    this.#world.scheduler.schedule(around(this.#random, isReader ? readerThinkMs : thinkMs), () => {
      if (!this.#active) return;
      const node = this.#nodeOf(client, isReader);
      if (node === null) return this.#later(client);
      const command = isReader ? this.#drawGet() : this.#draw();
      this.#ask(node, command, () => this.#later(client));
    });
  }

  /** Where a client asks; null while it can't. */
  #nodeOf(client: number, isReader: boolean): VirtualNode | null {
    const { nodes } = this.#world;
    const up = nodes.filter((node) => node.up);
    const watched = this.#plan.readers > 0 ? this.#world.leaders : [];
    if (isReader) return watched[0] ?? null;
    // A write that waits would make the client Process there look for another leader, and readers with it.
    const others = up.filter((node) => !watched.includes(node));
    const askable = others.length > 0 ? others : up;
    if (askable.length === 0) return null;
    const home = nodes[client % nodes.length];
    const isHome = this.#plan.staysAtHome && home !== undefined && askable.includes(home);
    return isHome ? home : pick(this.#random, askable);
  }

  #draw(): Command {
    const path = this.#drawPath();
    if (nextChance(this.#random, listedChance)) return this.#drawListed();
    if (nextChance(this.#random, this.#plan.readChance)) return { op: 'get', path };
    const value = this.#nextValue++;
    switch (nextInt(this.#random, 0, 5)) {
      case 0:
        return { op: 'cas', path, from: nextInt(this.#random, 1, value), to: value };
      case 1:
        return { op: 'delete', path };
      case 2:
        return { op: 'put', path, value, ifVersion: nextInt(this.#random, 0, 5) };
      default:
        return { op: 'put', path, value };
    }
  }

  #drawGet(): Command {
    return { op: 'get', path: this.#drawPath() };
  }

  #drawPath(): string {
    const era = Math.floor(this.#nextOp / (operationsPerKey * this.#plan.keys));
    return `/e${era}/k${nextInt(this.#random, 1, this.#plan.keys)}`;
  }

  #drawListed(): Command {
    const parent = `/l${Math.floor(this.#nextOp / operationsPerList)}`;
    const path = `${parent}/k${nextInt(this.#random, 1, 3)}`;
    switch (nextInt(this.#random, 0, 3)) {
      case 0:
        return { op: 'delete', path };
      case 1:
        return { op: 'put', path, value: this.#nextValue++ };
      default:
        return { op: 'list', path: parent };
    }
  }

  #ask(node: VirtualNode, command: Command, done: (ok: boolean) => void): void {
    const op = this.#nextOp++;
    const written =
      command.op === 'put' ? command.value : command.op === 'cas' ? [command.from, command.to] : null;
    const line = (type: OperationLine['type'], value: OperationLine['value']): void => {
      this.#tell(
        node,
        `${type} of ${command.op} ${command.path} (operation ${op}): ${JSON.stringify(value)}`,
      );
      this.lines.push({
        op,
        process: node.id,
        type,
        f: command.op,
        key: command.path,
        value,
        ...('ifVersion' in command && command.ifVersion !== undefined
          ? { ifVersion: command.ifVersion }
          : {}),
        timeMs: this.#world.scheduler.nowMs,
      });
    };
    line('invoke', written);
    const isRead = command.op === 'get' || command.op === 'list';
    if (!isRead) this.#noteChanged(command.path);
    const kind = isRead ? 'read' : 'propose';
    node.request(kind, encodeOperation(command), simulatedRun, (answer) => {
      if (!answer.ok) {
        line('info', written);
        return done(false);
      }
      const result = resultIn(answer.result);
      // Nobody but a liar makes such bytes, and its client has believed it.
      if (result === null) {
        line('info', written);
        return this.#world.fell({
          rule: 'linearizability',
          node: node.id,
          why: `${command.op} ${command.path} (operation ${op}) was answered with what no store answers`,
        });
      }
      // A store without room says nothing of what a command's condition met.
      if (!result.ok) line(result.reason === 'full' ? 'info' : 'fail', written);
      else if (result.op === 'get') line('ok', result.value);
      else if (result.op === 'list') line('ok', result.paths);
      else {
        this.#acknowledged += 1;
        line('ok', written);
      }
      done(true);
    });
  }

  #noteChanged(path: string): void {
    this.#changed.delete(path);
    this.#changed.add(path);
    for (const oldest of this.#changed) {
      if (this.#changed.size <= readBackMax) return;
      this.#changed.delete(oldest);
    }
  }

  #tell(node: VirtualNode, text: string): void {
    this.#world.transcript?.add(this.#world.scheduler.nowMs, `${node.id}/user`, text);
  }
}

/** Null for bytes that are no result, or that refuse a command which no store refuses. */
function resultIn(bytes: Uint8Array): CommandResult | null {
  try {
    return decodeResult(bytes);
  } catch (error) {
    if (error instanceof WireError || error instanceof CommandError) return null;
    throw error;
  }
}
