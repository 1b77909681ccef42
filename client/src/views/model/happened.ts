import type { TraceEvent } from '@quorate/shared/trace';
import { isSaidOtherwise } from '../protocols.js';
import { type Happening, happenedMax, type ViewState } from './state.js';

type Said = Omit<Happening, 'key' | 'count'>;

/** How far back, in sentences and in real time, a repetition is looked for: beyond, it is said anew. */
const repeatsWithin = 6;
const repeatsWithinMs = 1500;

/** The sentence-worthy side of an event, or null. */
export function happening(event: TraceEvent, atMs: number): Said | null {
  const base = { atMs, node: event.node, reign: 0 };
  switch (event.type) {
    case 'role':
      return {
        ...base,
        reign: event.reign,
        code: `role:${event.role}`,
        data: { reign: event.reign, leader: event.leader },
      };
    case 'note':
      if (isSaidOtherwise(event.code)) return null;
      return { ...base, code: `note:${event.code}`, data: event.data };
    case 'crashed':
      return { ...base, code: 'crashed', data: { why: event.why } };
    case 'started':
      return { ...base, code: event.recovered ? 'restarted' : 'started', data: {} };
    case 'stopped':
      return { ...base, code: 'stopped', data: {} };
    case 'snapshot':
      return { ...base, code: `snapshot:${event.phase}`, data: { index: event.index, peer: event.peer } };
    default:
      return null;
  }
}

/** Adds a sentence, or joins it to the same one said just before by the same node. */
export function withHappening(state: ViewState, said: Said): ViewState {
  const { happened } = state;
  const at = lastIndexLike(happened, said, repeatsWithinMs * state.clock.pace);
  const like = at < 0 ? undefined : happened[at];
  if (like === undefined) {
    const key = (happened.at(-1)?.key ?? 0) + 1;
    return { ...state, happened: [...happened, { ...said, key, count: 1 }].slice(-happenedMax) };
  }
  const first = like.data['first'];
  const data = first === undefined ? said.data : { ...said.data, first };
  const joined = { ...said, data, key: like.key, count: like.count + 1 };
  return { ...state, happened: [...happened.slice(0, at), joined, ...happened.slice(at + 1)] };
}

function lastIndexLike(happened: readonly Happening[], said: Said, withinMs: number): number {
  for (let i = happened.length - 1; i >= Math.max(0, happened.length - repeatsWithin); i--) {
    const item = happened[i];
    if (item === undefined || item.node !== said.node) continue;
    return item.code === said.code && said.atMs - item.atMs < withinMs && isJoinable(item, said) ? i : -1;
  }
  return -1;
}

function isJoinable(item: Said, said: Said): boolean {
  return item.reign === said.reign && !said.code.startsWith('role:') && said.code !== 'crashed';
}
