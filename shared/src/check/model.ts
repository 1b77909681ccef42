import type { Json } from '../store/index.js';
import type { Operation } from './operations.js';

/** One path as a client can see it: its value in canonical text (`null` where there is none), and its version. */
export type Cell = { readonly value: string; readonly version: number };
/** The paths of one partition, by their place in it. */
export type State = readonly Cell[];

const empty: Cell = { value: 'null', version: 0 };

/** JSON with the keys of objects sorted: equal values, equal texts. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value as { readonly [key: string]: Json }).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join(',')}}`;
}

/** An operation with its values in canonical text, and its key by place. */
export type Step = {
  readonly operation: Operation;
  /** Place of its key; -1 for a list. */
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly found: string;
};

/** The sequential store, as far as clients see it, over the keys of one partition. */
export class Model {
  readonly #keys: readonly string[];

  constructor(keys: readonly string[]) {
    this.#keys = keys;
  }

  get initial(): State {
    return this.#keys.map(() => empty);
  }

  step(operation: Operation): Step {
    const { f, key, written, found } = operation;
    const pair = f === 'cas' && Array.isArray(written) ? (written as readonly Json[]) : [null, written];
    return {
      operation,
      at: f === 'list' ? -1 : this.#keys.indexOf(key),
      from: canonical(pair[0] ?? null),
      to: canonical(pair[1] ?? null),
      found: canonical(found),
    };
  }

  /** The state after the step, or null when its answer can't be given in `state`. */
  apply(state: State, step: Step): State | null {
    const { f, outcome } = step.operation;
    if (f === 'list') return outcome === 'unknown' || this.#list(state, step.operation.key) === step.found ? state : null;
    const cell = state[step.at] ?? empty;
    if (f === 'get') return outcome === 'unknown' || cell.value === step.found ? state : null;
    const holds = this.#conditionHolds(cell, step);
    if (outcome === 'fail') return holds ? null : state;
    if (!holds) return outcome === 'ok' ? null : state;
    const next = f === 'delete' ? empty : { value: step.to, version: cell.version + 1 };
    return state.with(step.at, next);
  }

  #conditionHolds(cell: Cell, { operation, from }: Step): boolean {
    if (operation.f === 'cas') return cell.value === from;
    return operation.ifVersion === undefined || operation.ifVersion === cell.version;
  }

  /** The paths right below `path` that have a value, or something below that has. */
  #list(state: State, path: string): string {
    const prefix = path === '/' ? '/' : `${path}/`;
    const children = new Set<string>();
    this.#keys.forEach((key, i) => {
      if (!key.startsWith(prefix) || (state[i]?.version ?? 0) === 0) return;
      children.add(prefix + (key.slice(prefix.length).split('/')[0] ?? ''));
    });
    return canonical([...children].sort());
  }
}
