import { type NodeId, unreachable } from '../core/index.js';
import { formatNodes } from './format.js';
import { type Filter, type NodeView, type Stage, StageError } from './stage.js';
import type { Nodes, RoleWord, Selection, Target } from './steps.js';

/** A word that may stand for somebody stands for nobody at the moment. */
export class NobodyError extends StageError {}

/** Who is who in a cluster: looks up numbers, roles and names when a step is taken. */
export class Cast {
  readonly ids: readonly NodeId[];
  readonly #stage: Stage;
  readonly #names = new Map<string, NodeId>();
  /** The sides of the last partition. */
  #sides: readonly (readonly NodeId[])[] = [];

  constructor(ids: readonly NodeId[], stage: Stage) {
    this.ids = ids;
    this.#stage = stage;
  }

  name(name: string, node: NodeId): void {
    this.#names.set(name, node);
  }

  divide(sides: readonly (readonly NodeId[])[]): void {
    this.#sides = sides;
  }

  /** In the order of their numbers, each once. Throws `StageError` when a word stands for nobody now. */
  resolve({ of, but }: Nodes): readonly NodeId[] {
    const chosen = new Set(of.flatMap((target) => this.#resolveTarget(target)));
    for (const target of but) for (const id of this.#resolveTarget(target)) chosen.delete(id);
    const ids = this.ids.filter((id) => chosen.has(id));
    if (ids.length === 0) throw new NobodyError(`${formatNodes({ of, but })} is nobody now`);
    return ids;
  }

  resolveOne(nodes: Nodes): NodeId {
    const [id, ...others] = this.resolve(nodes);
    if (id !== undefined && others.length === 0) return id;
    throw new StageError(`${formatNodes(nodes)} is ${[id, ...others].join(', ')}: name one of them`);
  }

  /** Those given, or all that are up: never nobody, of whom anything would hold. */
  resolveOrUp(nodes: Nodes | null): readonly NodeId[] {
    if (nodes !== null) return this.resolve(nodes);
    const up = this.ids.filter((id) => this.#stage.look(id).up);
    if (up.length === 0) throw new NobodyError('no node is up');
    return up;
  }

  filter({ kinds, from, to }: Selection): Filter {
    return {
      kinds,
      from: from === null ? null : this.resolve(from),
      to: to === null ? null : this.resolve(to),
    };
  }

  /** Those that believe to lead, the newest reign first. */
  leaders(): readonly NodeId[] {
    const reign = (id: NodeId): number => this.#stage.look(id).observation?.reign ?? 0;
    return this.ids
      .filter((id) => leads(id, this.#stage.look(id)))
      .sort((a, b) => reign(b) - reign(a) || this.ids.indexOf(a) - this.ids.indexOf(b));
  }

  #resolveTarget(target: Target): readonly NodeId[] {
    switch (target.kind) {
      case 'node': {
        const id = this.ids[target.number - 1];
        if (id !== undefined) return [id];
        throw new StageError(`there is no node ${target.number}: the cluster has ${this.ids.length}`);
      }
      case 'name': {
        const id = this.#names.get(target.name);
        if (id !== undefined) return [id];
        throw new StageError(`nobody is called ${target.name}: write call leader as ${target.name} before`);
      }
      case 'role':
        return this.#resolveRole(target.role);
      default:
        return unreachable(target);
    }
  }

  #resolveRole(role: RoleWord): readonly NodeId[] {
    const isUp = (id: NodeId): boolean => this.#stage.look(id).up;
    switch (role) {
      case 'all':
        return this.ids;
      case 'up':
        return this.ids.filter(isUp);
      case 'down':
        return this.ids.filter((id) => !isUp(id));
      case 'leader':
        return [this.#leader()];
      case 'follower':
        return this.#followers().slice(0, 1);
      case 'followers':
        return this.#followers();
      case 'majority':
        return this.#side((side) => 2 * side.length > this.ids.length);
      case 'minority':
        return this.#side((side) => 2 * side.length < this.ids.length);
      default:
        return unreachable(role);
    }
  }

  #leader(): NodeId {
    const [leader] = this.leaders();
    if (leader !== undefined) return leader;
    throw new NobodyError('nobody leads now: write run until leader before');
  }

  #followers(): readonly NodeId[] {
    const leader = this.#leader();
    return this.ids.filter((id) => id !== leader && this.#stage.look(id).up);
  }

  #side(fits: (side: readonly NodeId[]) => boolean): readonly NodeId[] {
    const side = this.#sides.find(fits);
    if (side !== undefined) return side;
    throw new NobodyError('the cluster has no such side now: write partition or isolate before');
  }
}

/** Whether the node believes to lead. */
export function leads(id: NodeId, { observation }: NodeView): boolean {
  return observation !== null && observation.leader === id;
}
