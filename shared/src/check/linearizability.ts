import type { Json } from '../store/index.js';
import type { OperationLine } from './history.js';
import { childOf, Model, type State, type Step } from './model.js';
import { nameOf, type Operation, type Ordering, pairOperations } from './operations.js';
import { findOrder, type SearchLimits } from './search.js';

/** Steps of the search for one partition: some seconds' work, a thousand times what a well-behaved history takes. */
export const stepsMaxDefault = 2_000_000;

export type CheckOptions = Partial<Ordering & SearchLimits>;

/** `key` is the path the verdict is about; `operations` the lines of the one that fits nowhere and those around it. */
export type Verdict =
  | { readonly verdict: 'linearizable' }
  | {
      readonly verdict: 'violated';
      readonly key: string;
      readonly why: string;
      readonly operations: readonly OperationLine[];
    }
  | { readonly verdict: 'undecided'; readonly key: string; readonly why: string };

/**
 * Decides whether a history of the store, empty at its start, is linearizable: whether every operation can have taken
 * effect at one moment between its invocation and its completion. Paths are checked one by one, which is enough (Herlihy
 * and Wing, locality); a listing joins the paths below it into one partition, so that it is checked as one look at all of
 * them. Gives up on a partition after `stepsMax` steps of the search, or when `expired` says so, and never calls a history
 * linearizable without having found an order. Throws `HistoryError` when the lines contradict each other.
 */
export function checkLinearizability(lines: readonly OperationLine[], options: CheckOptions = {}): Verdict {
  const { order = 'time', clockErrorMs = 0, stepsMax = stepsMaxDefault, expired = () => false } = options;
  let undecided: Verdict | null = null;
  for (const operations of partition(pairOperations(lines, { order, clockErrorMs }))) {
    const model = new Model(operations);
    const found = findOrder(model, { stepsMax, expired });
    const key = operations.find(({ invoke }) => invoke.f === 'list')?.invoke.key ?? model.paths[0] ?? '/';
    if (found.kind === 'none') {
      const { stuck, concurrent, states } = found;
      const operations = [stuck, ...concurrent].flatMap(linesOf);
      return {
        verdict: 'violated',
        key: stuck.operation.invoke.key,
        why: explain(model, stuck, states),
        operations,
      };
    }
    if (found.kind === 'undecided') {
      const bound = found.expired ? 'the time given' : `the bound of ${stepsMax} steps`;
      const why = `${bound} was reached among ${operations.length} operations; check fewer, or allow more`;
      undecided ??= { verdict: 'undecided', key, why };
    }
  }
  return undecided ?? { verdict: 'linearizable' };
}

function linesOf({ operation: { invoke, completion } }: Step): OperationLine[] {
  return completion === null ? [invoke] : [invoke, completion];
}

function explain(
  model: Model,
  { operation: { invoke, completion } }: Step,
  states: readonly State[],
): string {
  const possible = states.map((state) => model.describe(state, invoke.f, invoke.key)).join(' or ');
  return `${nameOf(invoke)} ${did(invoke, completion)}, which no order of the operations explains: by then it held ${possible}`;
}

function did(invoke: OperationLine, completion: OperationLine | null): string {
  const text = (value: Json): string => JSON.stringify(value);
  if (invoke.f === 'get' || invoke.f === 'list') return `found ${text(completion?.value ?? null)}`;
  const condition = invoke.ifVersion === undefined ? '' : ` at version ${invoke.ifVersion}`;
  const what = invoke.f === 'delete' ? '' : ` of ${text(invoke.value)}`;
  return completion?.type === 'fail'
    ? `${what}${condition} did not match`.trim()
    : `${what}${condition} took effect`.trim();
}

/** Groups operations by path; paths that one listing covers go together. */
function partition(operations: readonly Operation[]): Operation[][] {
  const paths = [...new Set(operations.map(({ invoke }) => invoke.key))];
  const leaders = new Map(paths.map((path) => [path, path]));
  const leaderOf = (path: string): string => {
    let at = path;
    for (let next = leaders.get(at); next !== undefined && next !== at; next = leaders.get(at)) at = next;
    return at;
  };
  const listed = new Set(
    operations.filter(({ invoke }) => invoke.f === 'list').map(({ invoke }) => invoke.key),
  );
  for (const parent of listed) {
    // The listing itself is told from what is at its own path, which it says nothing about.
    leaders.set(listingOf(parent), listingOf(parent));
    for (const path of paths) {
      if (childOf(parent, path) !== null) leaders.set(leaderOf(path), leaderOf(listingOf(parent)));
    }
  }
  const groups = new Map<string, Operation[]>();
  for (const operation of operations) {
    const { f, key } = operation.invoke;
    const leader = leaderOf(f === 'list' ? listingOf(key) : key);
    const group = groups.get(leader);
    if (group === undefined) groups.set(leader, [operation]);
    else group.push(operation);
  }
  return [...groups.values()];
}

function listingOf(path: string): string {
  return `${path}\nlisting`;
}
