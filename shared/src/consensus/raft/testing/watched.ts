import { type DiskOp, type Effect, emptyDisk, type ProcessEvent } from '../../../core/index.js';
import { RaftChecker } from '../invariants.js';
import type { LogEntry } from '../log.js';
import * as logs from '../log.js';
import type { RaftMessage } from '../messages.js';
import { defaultOptions } from '../options.js';
import { createState, type LeaderRole, type RaftState } from '../state.js';
import { nowMs } from './step.js';

/** Whom a `Watched` begins with. */
export const watchedVoters = ['a', 'b', 'c'];
/** An event in which nothing happens of itself. */
export const tick: ProcessEvent<RaftMessage> = { type: 'timeout', now: nowMs, timer: 'election' };
const leads: LeaderRole = {
  name: 'leader',
  others: [],
  progress: {},
  hasLeaving: false,
  writes: [],
  waiting: [],
  confirming: [],
  readIndex: 0,
  readRound: 0,
  round: 0,
  rounds: [],
  leaseUntil: 0,
  leaseForgone: false,
  queries: [],
  noticeSet: false,
  uncommittedBytes: 0,
  change: null,
  transfer: null,
  handedOver: false,
};

/** A checker with three voters and a `d` without a vote that have just started; each test then shows it steps that break one rule. */
export class Watched {
  readonly checker = new RaftChecker(watchedVoters);
  readonly #states = new Map<string, RaftState>();
  #write = 0;

  constructor() {
    for (const node of [...watchedVoters, 'd']) {
      const state = createState({
        self: node,
        run: 'run',
        voters: watchedVoters,
        options: defaultOptions,
        seed: 1,
      });
      this.#states.set(node, state);
      this.see(node, { type: 'start', now: nowMs, disk: emptyDisk });
    }
  }

  state(node: string): RaftState {
    const state = this.#states.get(node);
    if (state === undefined) throw new Error(`there is no ${node}`);
    return state;
  }

  /** The rule that falls with this step, or null. */
  see(node: string, event = tick, effects: readonly Effect<RaftMessage>[] = []): string | null {
    return this.checker.afterStep(node, this.state(node), event, effects)?.rule ?? null;
  }

  /** Appends and makes it durable, or not yet. */
  append(node: string, entries: readonly LogEntry[], durable = true): string | null {
    const { log } = this.state(node);
    const ops: DiskOp[] = entries.map((value) => ({ kind: 'append', index: logs.append(log, value), value }));
    this.#write += 1;
    for (const entry of entries) {
      if (entry.kind === 'configuration') this.state(node).configuration = entry.configuration;
    }
    const found = this.see(node, tick, [{ type: 'persist', write: this.#write, ops }]);
    return found ?? (durable ? this.see(node, { type: 'persisted', now: nowMs, write: this.#write }) : null);
  }

  /** Makes durable that `voter` has voted so. */
  vote(voter: string, term: number, votedFor: string): string | null {
    this.#write += 1;
    const value = { currentTerm: term, votedFor };
    const ops: DiskOp[] = [{ kind: 'set', key: 'hardState', value }];
    const found = this.see(voter, tick, [{ type: 'persist', write: this.#write, ops }]);
    return found ?? this.see(voter, { type: 'persisted', now: nowMs, write: this.#write });
  }

  lead(node: string, term: number, from: readonly string[] = watchedVoters): string | null {
    for (const voter of from) this.vote(voter, term, node);
    Object.assign(this.state(node), { currentTerm: term, role: { ...leads } });
    return this.see(node);
  }

  /** Gives the store entries up to `index`. */
  commit(node: string, index: number): string | null {
    const state = this.state(node);
    const first = state.handedIndex + 1;
    const entries = logs.sliceFrom(state.log, first, index - first + 1, 1e6).entries.map((entry, i) => ({
      index: first + i,
      reign: entry.term,
      command: entry.kind === 'command' ? entry.command : null,
    }));
    Object.assign(state, { commitIndex: index, handedIndex: index });
    return this.see(node, tick, [{ type: 'commit', entries }]);
  }
}
