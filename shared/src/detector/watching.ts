import { type NodeId, nextInt, type RandomState } from '../core/index.js';
import { type DetectorState, newWatch, probeAfterMs } from './state.js';
import type { Step } from './step.js';

/**
 * Makes the set of watched nodes, and that of confirmed ones which are tried again, as large as they may be. Up to
 * `watchedMax` others all are watched; beyond, a random part of them, so that the traffic of a node does not grow.
 */
export function chooseWatched(step: Step): void {
  const { state, now } = step;
  const { members, watches, options } = state;
  for (const node of Object.keys(watches)) {
    if (members[node]?.status !== 'confirmed') continue;
    delete watches[node];
    if (state.retried.length >= options.watchedMax) unwish(step, node);
    else state.retried.push(node);
  }
  for (const node of state.retried.filter((one) => members[one]?.status !== 'confirmed')) {
    state.retried = state.retried.filter((one) => one !== node);
    if (Object.keys(watches).length >= options.watchedMax) unwish(step, node);
    else watches[node] = newWatch(now, options);
  }
  while (Object.keys(watches).length < options.watchedMax) {
    const node = takeTurn(
      state,
      (one) => members[one]?.status !== 'confirmed' && !Object.hasOwn(watches, one),
    );
    if (node === null) break;
    watches[node] = newWatch(now, options);
    wish(step, node);
  }
  while (state.retried.length < options.watchedMax) {
    const node = takeTurn(
      state,
      (one) => members[one]?.status === 'confirmed' && !state.retried.includes(one),
    );
    if (node === null) break;
    state.retried.push(node);
    wish(step, node);
  }
}

/** SWIM 4.3: every node gets its turn in bounded time, so that one which nobody happens to watch is found as well. */
export function rotateIfDue(step: Step): void {
  const { state, now } = step;
  if (now < state.rotateAt) return;
  state.rotateAt = now + state.options.rotateMs;
  const { members, watches, options } = state;
  const count = Object.keys(members).length;
  const oldest = Object.keys(watches).find(
    (node) => members[node]?.status === 'alive' && isHeard(state, node, now),
  );
  const watchable = Object.values(members).filter(({ status }) => status !== 'confirmed').length;
  if (oldest !== undefined && watchable > options.watchedMax) {
    delete watches[oldest];
    unwish(step, oldest);
  }
  if (count - watchable > options.watchedMax) {
    const [retried] = state.retried.splice(0, 1);
    if (retried !== undefined) unwish(step, retried);
  }
  chooseWatched(step);
}

/** Who has not answered yet, or no longer does, is watched until that is decided. */
function isHeard(state: DetectorState, node: NodeId, now: number): boolean {
  const watch = state.watches[node];
  if (watch === undefined || watch.sequence === 0 || watch.probe !== null) return false;
  return now < watch.heardAt + probeAfterMs(state, watch);
}

/** The next in turn that is wanted; when all have had theirs, a new order is drawn. */
function takeTurn(state: DetectorState, isWanted: (node: NodeId) => boolean): NodeId | null {
  const found = takeFirst(state, isWanted);
  if (found !== null) return found;
  state.turns = shuffled(state.random, Object.keys(state.members));
  return takeFirst(state, isWanted);
}

function takeFirst(state: DetectorState, isWanted: (node: NodeId) => boolean): NodeId | null {
  const at = state.turns.findIndex((node) => Object.hasOwn(state.members, node) && isWanted(node));
  if (at < 0) return null;
  return state.turns.splice(at, 1)[0] ?? null;
}

/** So many of `items`, in an order of chance. */
export function drawSome<Item>(random: RandomState, items: readonly Item[], count: number): Item[] {
  const left = [...items];
  const drawn: Item[] = [];
  while (drawn.length < count && left.length > 0)
    drawn.push(...left.splice(nextInt(random, 0, left.length - 1), 1));
  return drawn;
}

function shuffled<Item>(random: RandomState, items: readonly Item[]): Item[] {
  return drawSome(random, items, items.length);
}

function wish({ effects }: Step, peer: NodeId): void {
  effects.push({ type: 'connect', peer });
}

function unwish({ effects }: Step, peer: NodeId): void {
  effects.push({ type: 'disconnect', peer });
}
