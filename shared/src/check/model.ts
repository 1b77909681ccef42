import type { Json } from '../store/index.js';
import { encodeCanonical } from '../wire/index.js';
import type { OperationLine } from './history.js';
import { isList, type Operation } from './operations.js';

/** When an operation may take effect. `cell` numbers a path, `value` a value; see `Model`. */
export type Condition =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'value' | 'version';
      readonly cell: number;
      readonly wanted: number;
      readonly equal: boolean;
    }
  /** For each child, the cells at or below it and whether the listing showed it. */
  | {
      readonly kind: 'children';
      readonly children: readonly { readonly cells: readonly number[]; readonly shown: boolean }[];
    }
  | { readonly kind: 'never' };

export type Effect = { readonly kind: 'put' | 'delete'; readonly cell: number; readonly value: number };

/** An operation as the search sees it. `effect` null: it only observes. `optional`: it may also never take effect. */
export type Step = {
  readonly operation: Operation;
  readonly optional: boolean;
  readonly condition: Condition;
  readonly effect: Effect | null;
};

/** The paths' values and versions. Interned: equal states are the same object. */
export type State = {
  readonly id: number;
  readonly values: readonly number[];
  readonly versions: readonly number[];
};

/** The value where there is nothing; also that of `null`, which a get can't tell apart and a cas treats alike. */
const nothing = 0;

/**
 * The store as a sequential object over the paths of one partition. Versions count up to a cap, above which no condition
 * in the history tells them apart: 0 where none looks at them, 1 where only existence matters.
 */
export class Model {
  readonly paths: readonly string[];
  readonly steps: readonly Step[];
  readonly initial: State;
  readonly #cellOf: ReadonlyMap<string, number>;
  readonly #versionCaps: number[];
  readonly #valueIds: Map<string, number>;
  readonly #values: Json[] = [null];
  readonly #states = new Map<string, State>();

  constructor(operations: readonly Operation[]) {
    this.paths = [
      ...new Set(operations.filter((o) => o.invoke.f !== 'list').map((o) => o.invoke.key)),
    ].sort();
    this.#cellOf = new Map(this.paths.map((path, cell) => [path, cell]));
    this.#versionCaps = this.paths.map(() => 0);
    this.#valueIds = new Map([[keyOf(null), nothing]]);
    for (const operation of operations) this.#raiseCaps(operation);
    this.steps = withoutUseless(
      operations.map((operation) => this.#stepOf(operation)).filter((step) => step !== null),
    );
    const zeros = this.paths.map(() => 0);
    this.initial = this.#intern(zeros, zeros);
  }

  /** Whether `step` may take effect in `state`. */
  holds({ condition }: Step, { values, versions }: State): boolean {
    switch (condition.kind) {
      case 'none':
        return true;
      case 'value':
        return (values[condition.cell] === condition.wanted) === condition.equal;
      case 'version':
        return (versions[condition.cell] === condition.wanted) === condition.equal;
      case 'children':
        return condition.children.every(
          ({ cells, shown }) => cells.some((cell) => versions[cell] !== 0) === shown,
        );
      case 'never':
        return false;
    }
  }

  /** The state after `step` has taken effect in `state`. */
  after({ effect }: Step, state: State): State {
    if (effect === null) return state;
    const { cell, kind, value } = effect;
    const cap = this.#versionCaps[cell] ?? 0;
    const version = kind === 'delete' ? 0 : Math.min(cap, (state.versions[cell] ?? 0) + 1);
    if (state.values[cell] === value && state.versions[cell] === version) return state;
    return this.#intern(state.values.with(cell, value), state.versions.with(cell, version));
  }

  /** For people: what an operation of `f` at `path` would meet in `state`. */
  describe(state: State, f: OperationLine['f'], path: string): string {
    if (f === 'list') {
      const children = this.paths.map((at, cell) => (state.versions[cell] === 0 ? null : childOf(path, at)));
      return `[${[...new Set(children.filter((child) => child !== null))].join(', ')}]`;
    }
    const cell = this.#cellOf.get(path) ?? 0;
    const value = JSON.stringify(this.#values[state.values[cell] ?? nothing]);
    const cap = this.#versionCaps[cell] ?? 0;
    const version = state.versions[cell] ?? 0;
    if (cap === 0) return value;
    return `${value} at version ${version}${version === cap ? ' or later' : ''}`;
  }

  #intern(values: readonly number[], versions: readonly number[]): State {
    const key = `${values.join()};${versions.join()}`;
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    const state: State = { id: this.#states.size, values, versions };
    this.#states.set(key, state);
    return state;
  }

  #valueId(value: Json): number {
    const key = keyOf(value);
    const known = this.#valueIds.get(key);
    if (known !== undefined) return known;
    const id = this.#values.push(value) - 1;
    this.#valueIds.set(key, id);
    return id;
  }

  #raiseCaps({ invoke }: Operation): void {
    if (invoke.f === 'list') {
      this.paths.forEach((path, cell) => {
        if (childOf(invoke.key, path) !== null) this.#raiseCap(cell, 1);
      });
      return;
    }
    const cell = this.#cellOf.get(invoke.key);
    if (cell !== undefined && invoke.ifVersion !== undefined) this.#raiseCap(cell, invoke.ifVersion + 1);
  }

  #raiseCap(cell: number, cap: number): void {
    this.#versionCaps[cell] = Math.max(this.#versionCaps[cell] ?? 0, cap);
  }

  /** Null for what tells nothing: a look whose answer never came, a refusal that had no condition. */
  #stepOf(operation: Operation): Step | null {
    const { invoke, completion } = operation;
    const type = completion?.type ?? 'info';
    const optional = type === 'info';
    const cell = this.#cellOf.get(invoke.key) ?? 0;
    switch (invoke.f) {
      case 'get': {
        if (type !== 'ok' || completion === null) return null;
        const wanted = this.#valueId(completion.value);
        return { operation, optional, condition: { kind: 'value', cell, wanted, equal: true }, effect: null };
      }
      case 'list': {
        if (type !== 'ok' || completion === null) return null;
        return { operation, optional, condition: this.#listed(invoke.key, completion.value), effect: null };
      }
      case 'put':
      case 'delete': {
        const equal = type !== 'fail';
        if (invoke.ifVersion === undefined && !equal) return null;
        const wanted = invoke.ifVersion;
        const condition: Condition =
          wanted === undefined ? { kind: 'none' } : { kind: 'version', cell, wanted, equal };
        const value = invoke.f === 'put' ? this.#valueId(invoke.value) : nothing;
        return { operation, optional, condition, effect: equal ? { kind: invoke.f, cell, value } : null };
      }
      case 'cas': {
        const [from = null, to = null] = isList(invoke.value) ? invoke.value : [];
        const equal = type !== 'fail';
        const condition: Condition = { kind: 'value', cell, wanted: this.#valueId(from), equal };
        return {
          operation,
          optional,
          condition,
          effect: equal ? { kind: 'put', cell, value: this.#valueId(to) } : null,
        };
      }
    }
  }

  #listed(parent: string, found: Json): Condition {
    const shown = new Set(isList(found) ? found : []);
    const cellsBelow = new Map<string, number[]>();
    this.paths.forEach((path, cell) => {
      const child = childOf(parent, path);
      if (child === null) return;
      const cells = cellsBelow.get(child);
      if (cells === undefined) cellsBelow.set(child, [cell]);
      else cells.push(cell);
    });
    for (const path of shown) if (typeof path !== 'string' || !cellsBelow.has(path)) return { kind: 'never' };
    return {
      kind: 'children',
      children: [...cellsBelow].map(([child, cells]) => ({ cells, shown: shown.has(child) })),
    };
  }
}

/** The child of `parent` at or above `path`; null when `path` is not below `parent`. */
export function childOf(parent: string, path: string): string | null {
  const prefix = parent === '/' ? '/' : `${parent}/`;
  if (!path.startsWith(prefix)) return null;
  const end = path.indexOf('/', prefix.length);
  return end === -1 ? path : path.slice(0, end);
}

/** Values compare by what they say, not by the order of their keys. */
function keyOf(value: Json): string {
  let key = '';
  for (const byte of encodeCanonical(value)) key += String.fromCharCode(byte);
  return key;
}

/**
 * Leaves out what may never have taken effect and could explain nothing if it had: its path's versions are looked at by
 * nobody, no condition wants its value, and none wants a value to be another. Such a step could be taken out of any
 * explanation, since until the next write nobody could have observed it.
 */
function withoutUseless(steps: readonly Step[]): readonly Step[] {
  const wanted = new Set<string>();
  const sensitive = new Set<number>();
  for (const { condition } of steps) {
    if (condition.kind === 'value' && condition.equal) wanted.add(`${condition.cell} ${condition.wanted}`);
    else if (condition.kind === 'value' || condition.kind === 'version') sensitive.add(condition.cell);
    else if (condition.kind === 'children')
      for (const { cells } of condition.children) for (const c of cells) sensitive.add(c);
  }
  return steps.filter(
    ({ optional, effect }) =>
      !optional ||
      effect === null ||
      sensitive.has(effect.cell) ||
      wanted.has(`${effect.cell} ${effect.value}`),
  );
}
