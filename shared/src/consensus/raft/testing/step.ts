import {
  type DiskImage,
  type Effect,
  emptyDisk,
  type ProcessEvent,
  type Reign,
} from '../../../core/index.js';
import type { LogEntry } from '../log.js';
import type { RaftMessage } from '../messages.js';
import { parseOptions, type RaftOptions } from '../options.js';
import { raftServer } from '../raft.js';
import type { RaftState } from '../state.js';

type RaftEvent = ProcessEvent<RaftMessage>;
type RaftEffect = Effect<RaftMessage>;

/** When the steps of single-server tests happen, ms. */
export const nowMs = 10_000;

/** Without randomness in timers, so that a step's effects can be written down. */
export const steadyOptions: Partial<RaftOptions> = {
  electionTimeoutMinMs: 150,
  electionTimeoutMaxMs: 150,
  commitNoticeMs: 0,
};

export function command(term: Reign, text = `${term}`): LogEntry {
  return { term, kind: 'command', command: Uint8Array.from(text, (letter) => letter.charCodeAt(0)) };
}

/** A server `a` of five, restarted with this term, vote and log, all durable. */
export function server(
  held: {
    readonly currentTerm?: Reign;
    readonly votedFor?: string | null;
    readonly terms?: readonly Reign[];
    readonly voters?: readonly string[];
  } = {},
  options: Partial<RaftOptions> = {},
): RaftState {
  const { currentTerm = 0, votedFor = null, terms = [], voters = ['a', 'b', 'c', 'd', 'e'] } = held;
  const state = raftServer.create({
    self: 'a',
    run: 'run',
    voters,
    options: parseOptions({ ...steadyOptions, ...options }),
    seed: 1,
  });
  const disk: DiskImage = {
    ...emptyDisk,
    values: currentTerm > 0 ? { hardState: { currentTerm, votedFor } } : {},
    log: terms.map((term, i) => ({ index: i + 1, value: command(term) })),
  };
  raftServer.step(state, { type: 'start', now: nowMs - 1_000, disk });
  return state;
}

/** One step at `now`. */
export function step(state: RaftState, event: RaftEvent): RaftEffect[] {
  return raftServer.step(state, event);
}

export function deliver(state: RaftState, from: string, message: RaftMessage, now = nowMs): RaftEffect[] {
  return step(state, { type: 'deliver', now, from, message });
}

export function timeout(state: RaftState, timer: string, now = nowMs): RaftEffect[] {
  return step(state, { type: 'timeout', now, timer });
}

export function persisted(state: RaftState, write: number, now = nowMs): RaftEffect[] {
  return step(state, { type: 'persisted', now, write });
}

/** Makes `state` the leader of its next term, with its no-op durable. */
export function lead(state: RaftState): RaftState {
  timeout(state, 'election');
  for (const from of ['b', 'c']) {
    const { currentTerm: term } = state;
    deliver(state, from, { type: 'requestPreVoteResponse', term, requestTerm: term, voteGranted: true });
  }
  persisted(state, state.durability.lastWrite);
  for (const from of ['b', 'c']) {
    deliver(state, from, { type: 'requestVoteResponse', term: state.currentTerm, voteGranted: true });
  }
  persisted(state, state.durability.lastWrite);
  return state;
}

/** The effects without notes, which explain and promise nothing. */
export function acts(effects: readonly RaftEffect[]): RaftEffect[] {
  return effects.filter(({ type }) => type !== 'note');
}

export function notes(effects: readonly RaftEffect[]): { readonly code: string; readonly data: object }[] {
  return effects.flatMap((effect) =>
    effect.type === 'note' ? [{ code: effect.code, data: effect.data }] : [],
  );
}

export function sent(
  effects: readonly RaftEffect[],
): { readonly to: string; readonly message: RaftMessage }[] {
  return effects.flatMap((effect) =>
    effect.type === 'send' ? [{ to: effect.to, message: effect.message }] : [],
  );
}
