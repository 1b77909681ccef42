import { canonical, Model, type State, type Step } from './model.js';
import { type Operation, type OperationLine, pairLines } from './operations.js';

/** `undecided`: the budget ran out before an order was found or ruled out. It is never "fine". */
export type Verdict =
  | { readonly verdict: 'linearizable' }
  | { readonly verdict: 'violated' | 'undecided'; readonly key: string; readonly why: string };

export type CheckOptions = {
  /** States looked at in one partition before the search gives up. */
  readonly statesMax?: number;
};

const statesMaxDefault = 2_000_000;

/**
 * Whether a history of the store is linearizable (Herlihy and Wing): whether each operation can have taken effect at one
 * instant between its invocation and its answer, so that all answers are those of a store that does one thing at a time.
 * Keys are checked apart, which is sound since linearizability is local; a `list` joins the keys below its path.
 * The search is Wing and Gong's, with Lowe's memory of the states seen.
 */
export function checkLinearizability(lines: readonly OperationLine[], options: CheckOptions = {}): Verdict {
  const operations = pairLines(lines);
  let undecided: Verdict | null = null;
  for (const { keys, members } of partition(operations)) {
    const verdict = checkPartition(keys, members, options.statesMax ?? statesMaxDefault);
    if (verdict.verdict === 'violated') return verdict;
    if (verdict.verdict === 'undecided') undecided ??= verdict;
  }
  return undecided ?? { verdict: 'linearizable' };
}

type Partition = { readonly keys: readonly string[]; readonly members: readonly Operation[] };

/** Keys that must be looked at together: each alone, unless a listing saw several. */
function partition(operations: readonly Operation[]): Partition[] {
  const leader = new Map<string, string>();
  const find = (key: string): string => {
    let at = key;
    for (let up = leader.get(at); up !== undefined && up !== at; up = leader.get(at)) at = up;
    return at;
  };
  const nameOf = (operation: Operation): string =>
    operation.f === 'list' ? `list ${operation.key}` : operation.key;
  for (const operation of operations) {
    const name = nameOf(operation);
    if (!leader.has(name)) leader.set(name, name);
  }
  for (const name of leader.keys()) {
    if (!name.startsWith('list ')) continue;
    const path = name.slice('list '.length);
    const prefix = path === '/' ? '/' : `${path}/`;
    for (const key of leader.keys()) if (key.startsWith(prefix)) leader.set(find(key), find(name));
  }
  const groups = new Map<string, { keys: Set<string>; members: Operation[] }>();
  for (const operation of operations) {
    const root = find(nameOf(operation));
    const group = groups.get(root) ?? { keys: new Set<string>(), members: [] };
    if (operation.f !== 'list') group.keys.add(operation.key);
    group.members.push(operation);
    groups.set(root, group);
  }
  return [...groups.values()].map(({ keys, members }) => ({ keys: [...keys].sort(), members }));
}

/**
 * Where the search stands: the first `done` answered operations and those in `ahead` have taken effect, and of the
 * unknown ones those in `used`.
 */
type Position = {
  readonly state: State;
  readonly done: number;
  readonly ahead: readonly number[];
  readonly used: readonly number[];
};

function keyOf({ state, done, ahead, used }: Position): string {
  const cells = state.map(({ value, version }) => `${version}${value}`).join();
  return `${done}|${ahead.join()}|${used.join()}|${cells}`;
}

function checkPartition(keys: readonly string[], operations: readonly Operation[], statesMax: number): Verdict {
  const model = new Model(keys);
  const answered = operations.filter((operation) => operation.outcome !== 'unknown').map((o) => model.step(o));
  const unknown = operations
    .filter((operation) => operation.outcome === 'unknown' && operation.f !== 'get' && operation.f !== 'list')
    .map((o) => model.step(o));
  const seen = new Set<string>();
  const stack: Position[] = [{ state: model.initial, done: 0, ahead: [], used: [] }];
  let furthest = 0;
  for (let position = stack.pop(); position !== undefined; position = stack.pop()) {
    if (position.done >= answered.length) return { verdict: 'linearizable' };
    furthest = Math.max(furthest, position.done);
    if (seen.size >= statesMax) {
      return { verdict: 'undecided', key: keys.join(' '), why: `no answer after ${statesMax} states` };
    }
    for (const next of successors(model, position, answered, unknown)) {
      const key = keyOf(next);
      if (seen.has(key)) continue;
      seen.add(key);
      stack.push(next);
    }
  }
  return { verdict: 'violated', key: keys.join(' '), why: explain(answered[furthest]) };
}

/** What may take effect next. The most promising comes last, since the stack's top is looked at first. */
function successors(
  model: Model,
  position: Position,
  answered: readonly Step[],
  unknown: readonly Step[],
): Position[] {
  const { state, done, ahead, used } = position;
  // Nothing may take effect that was invoked after another's answer, while that other has not.
  let deadlineMs = Number.POSITIVE_INFINITY;
  const next: { readonly position: Position; readonly returnedMs: number }[] = [];
  for (let i = done; i < answered.length; i++) {
    const step = answered[i];
    if (step === undefined || step.operation.invokedMs > deadlineMs) break;
    if (ahead.includes(i)) continue;
    deadlineMs = Math.min(deadlineMs, step.operation.returnedMs);
    const after = model.apply(state, step);
    if (after === null) continue;
    next.push({ position: advance(position, i, after), returnedMs: step.operation.returnedMs });
  }
  next.sort((a, b) => b.returnedMs - a.returnedMs);
  const unknowns: Position[] = [];
  unknown.forEach((step, i) => {
    if (step.operation.invokedMs > deadlineMs || used.includes(i)) return;
    const after = model.apply(state, step);
    if (after === null || after === state) return;
    unknowns.push({ state: after, done, ahead, used: [...used, i].sort((a, b) => a - b) });
  });
  return [...unknowns, ...next.map((candidate) => candidate.position)];
}

/** Marks answered operation `i` as having taken effect. */
function advance({ done, ahead, used }: Position, i: number, state: State): Position {
  const taken = new Set(ahead).add(i);
  let first = done;
  while (taken.delete(first)) first += 1;
  return { state, done: first, ahead: [...taken].sort((a, b) => a - b), used };
}

function explain(step: Step | undefined): string {
  if (step === undefined) return 'no order of the operations explains the answers';
  const { id, f, key, outcome, found } = step.operation;
  const answer = f === 'get' || f === 'list' ? `found ${canonical(found)}` : `answered ${outcome}`;
  return `no order of the operations explains that ${id} (${f} ${key}) ${answer}`;
}
