import { type Effect, type NodeId, nextInt, type RandomState } from '../../core/index.js';
import type { GossipMessage } from './messages.js';
import type { FanOutState, GossipState, OverlayState } from './state.js';

/** One step under way: the state it changes, when it happens, and the effects so far. */
export type Step<State extends GossipState = GossipState> = {
  readonly state: State;
  readonly now: number;
  readonly effects: Effect<GossipMessage>[];
  /** What became of the active view in this step, in order: the tree is told at its end (Plumtree's Algorithm 3). */
  readonly changes: NeighbourChange[];
};
export type NeighbourChange = { readonly node: NodeId; readonly up: boolean };
export type OverlayStep = Step<OverlayState>;
export type FanOutStep = Step<FanOutState>;

export const timers = {
  keepalive: 'keepalive',
  repair: 'repair',
  shuffle: 'shuffle',
  lazyPush: 'lazy-push',
  missing: 'missing',
  antiEntropy: 'anti-entropy',
  gaps: 'gaps',
} as const;

export function send(step: Step, to: NodeId, message: GossipMessage): void {
  step.effects.push({ type: 'send', to, message });
}

export function note(
  step: Step,
  code: string,
  data: { readonly [key: string]: string | number | boolean | null },
): void {
  step.effects.push({ type: 'note', code, data });
}

export function setTimer(step: Step, timer: string, afterMs: number): void {
  step.effects.push({ type: 'setTimer', timer, afterMs });
}

/** An interval drawn around `everyMs`, so that nodes that began together do not go on in step. */
export function jittered(random: RandomState, everyMs: number): number {
  return nextInt(random, Math.ceil(everyMs * 0.75), Math.ceil(everyMs * 1.25));
}

/** Takes the first of these out of the list. Answers whether there was one. */
export function remove<T>(list: T[], item: T): boolean {
  const at = list.indexOf(item);
  if (at < 0) return false;
  list.splice(at, 1);
  return true;
}

/** Up to `count` of these, drawn without putting back. */
export function sample<T>(random: RandomState, items: readonly T[], count: number): T[] {
  const left = [...items];
  const drawn: T[] = [];
  while (drawn.length < count && left.length > 0) {
    drawn.push(...left.splice(nextInt(random, 0, left.length - 1), 1));
  }
  return drawn;
}

/** One of these, or null where there is none. */
export function oneOf<T>(random: RandomState, items: readonly T[]): T | null {
  return items.length === 0 ? null : (items[nextInt(random, 0, items.length - 1)] ?? null);
}
