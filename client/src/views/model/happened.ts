import { clientInstance, serverInstance } from '@quorate/shared/core';
import type { TraceEvent } from '@quorate/shared/trace';
import { type Happening, happenedMax, type ViewState } from './state.js';

/** Of each instance of a node. */
const lifeEvents: ReadonlySet<TraceEvent['type']> = new Set(['role', 'started', 'stopped']);

type Said = Omit<Happening, 'key' | 'count'>;

/** How far back, in sentences and in real time, a repetition is looked for: beyond, it is said anew. */
const repeatsWithin = 6;
const repeatsWithinMs = 1500;
/** What was said so much later in the node's time than this came before it. Nodes' clocks differ by less. Lab ms. */
const lateMs = 2_000;

/** What voters say to one who asks: one election is one sentence, however many answer, and however often it is asked. */
const ballots: ReadonlySet<string> = new Set([
  'vote-granted',
  'vote-refused',
  'pre-vote-granted',
  'pre-vote-refused',
]);
/**
 * What several nodes find out one by one, each with what it is about: who suspects the same node, within so much of the
 * lab's time, suspects it in one sentence.
 */
const gathered: { readonly [code: string]: readonly string[] } = {
  'note:node-suspected': ['node', 'hearsay'],
  'note:node-trusted': ['node'],
  'note:node-confirmed': ['node'],
  'note:relays-for-suspected': ['origin'],
};
const gatheredWithinMs = 3000;
/** Said anew with every try of a node that can't win; how often is enough. */
const tries: ReadonlySet<string> = new Set(['role:pre-candidate', 'note:pre-vote-not-won']);

/** The sentence-worthy side of an event, or null. */
export function happening(event: TraceEvent, atMs: number): Said | null {
  // What a node's client does beside it is said by the answers that people get.
  if (event.instance === clientInstance) return null;
  // What a server stands on starts and stops with it.
  if (lifeEvents.has(event.type) && event.instance !== serverInstance) return null;
  const base = { atMs, node: event.node, reign: 0 };
  switch (event.type) {
    case 'role':
      // Whoever takes part in a broadcast does so from its start on, and that has been said.
      if (event.role === 'member') return null;
      // Who knows no leader yet has just been said to have refused, stepped down or moved on.
      if (event.role === 'follower' && event.leader === null) return null;
      return {
        ...base,
        reign: event.reign,
        code: `role:${event.role}`,
        data: { reign: event.reign, leader: event.leader, nodes: event.node },
      };
    case 'note':
      return {
        ...base,
        code: `note:${event.code}`,
        data: hasSayers(`note:${event.code}`) ? { ...event.data, nodes: event.node } : event.data,
      };
    case 'crashed':
      return { ...base, code: 'crashed', data: { why: event.why } };
    case 'started':
      return { ...base, code: event.recovered ? 'restarted' : 'started', data: {} };
    case 'stopped':
      return { ...base, code: 'stopped', data: {} };
    case 'snapshot':
      // Why it is sent is a note of the protocol's; that it is under way, the marks show.
      if (event.phase === 'sending' || event.phase === 'receiving') return null;
      return { ...base, code: `snapshot:${event.phase}`, data: { index: event.index, peer: event.peer } };
    default:
      return null;
  }
}

/** Adds a sentence, or joins it to the same one said just before. */
export function withHappening(state: ViewState, said: Said): ViewState {
  const { happened } = state;
  const at = lastIndexLike(happened, said, repeatsWithinMs * state.clock.pace);
  const like = at < 0 ? undefined : happened[at];
  if (like === undefined) {
    const key = Math.max(0, ...happened.map((item) => item.key)) + 1;
    const next = [...happened];
    next.splice(placeOf(happened, said), 0, { ...said, key, count: 1 });
    return { ...state, happened: next.slice(-happenedMax) };
  }
  const joined = { ...said, data: joinedData(like, said), key: like.key, count: like.count + 1 };
  return { ...state, happened: [...happened.slice(0, at), joined, ...happened.slice(at + 1)] };
}

/** The last place, unless it is told of late: then among what was said at its time. */
function placeOf(happened: readonly Happening[], said: Said): number {
  const newest = happened.at(-1);
  if (newest === undefined || newest.atMs - said.atMs < lateMs) return happened.length;
  return happened.findLastIndex((item) => item.atMs <= said.atMs) + 1;
}

/** The newer data; where the sentence is about a range it starts at the older one's, and a list of nodes grows. */
function joinedData(like: Happening, said: Said): Happening['data'] {
  const first = like.data['first'];
  const nodes = like.data['nodes'];
  return {
    ...said.data,
    ...(first === undefined ? {} : { first }),
    ...(nodes === undefined ? {} : { nodes: hasNode(like, said.node) ? nodes : `${nodes} ${said.node}` }),
  };
}

function hasNode(item: Happening, node: string): boolean {
  return String(item.data['nodes']).split(' ').includes(node);
}

function lastIndexLike(happened: readonly Happening[], said: Said, withinMs: number): number {
  for (let i = happened.length - 1; i >= Math.max(0, happened.length - repeatsWithin); i--) {
    const item = happened[i];
    if (item === undefined || item.code !== said.code) continue;
    const lateMs = Object.hasOwn(gathered, said.code) ? gatheredWithinMs : withinMs;
    const isLate = said.atMs - item.atMs > lateMs;
    if (isLate && !tries.has(said.code) && !isBallot(said.code)) continue;
    if (isSame(item, said)) return i;
  }
  return -1;
}

function isSame(item: Happening, said: Said): boolean {
  if (item.reign !== said.reign) return false;
  const isAlike = (...keys: readonly string[]): boolean =>
    keys.every((key) => item.data[key] === said.data[key]);
  if (said.code === 'role:follower' || said.code === 'role:backup')
    return isAlike('leader') && !hasNode(item, said.node);
  if (isBallot(said.code)) return isAlike('to', 'term', 'reason');
  const about = gathered[said.code];
  if (about !== undefined) return isAlike(...about) && !hasNode(item, said.node);
  if (tries.has(said.code)) return item.node === said.node && isAlike('reign', 'term');
  const isOnce = said.code.startsWith('role:') || said.code === 'crashed';
  return !isOnce && item.node === said.node && isAlike('to', 'from');
}

/** Whether several nodes can say the sentence together. */
function hasSayers(code: string): boolean {
  return isBallot(code) || Object.hasOwn(gathered, code);
}

function isBallot(code: string): boolean {
  return code.startsWith('note:') && ballots.has(code.slice('note:'.length));
}
