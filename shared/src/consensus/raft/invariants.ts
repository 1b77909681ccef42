import type {
  Effect,
  Index,
  InvariantChecker,
  NodeId,
  ProcessEvent,
  Reign,
  Rule,
  Violation,
} from '../../core/index.js';
import { type LogEntry, lastIndex, termAt } from './log.js';
import type { RaftMessage } from './messages.js';
import {
  beginWrites,
  completeWrites,
  createMirror,
  type DiskMirror,
  heldBy,
  holdsDurably,
} from './mirror.js';
import {
  createSeen,
  type EnteredNow,
  followStep,
  holdsQuorum,
  isNextOf,
  newestSeen,
  type SeenConfigurations,
  sameConfiguration,
  seenAt,
} from './seen-configurations.js';
import type { RaftState, SnapshotMeta } from './state.js';

const sentences = {
  'election-safety': 'At most one leader is elected in a term.',
  'election-needs-quorum':
    'A server leads only with the durable votes of a quorum: while two configurations overlap, of both.',
  'one-vote-a-term': 'A server votes for at most one candidate in a term, across its crashes too.',
  'leader-append-only': 'A leader never overwrites or drops entries of its own log.',
  'log-matching': 'Two logs that hold an entry of the same index and term are equal up to it.',
  'leader-completeness': 'What was committed is in the log of every leader of a later term.',
  'state-machine-safety':
    'No two servers apply different commands at the same index, and none leaves one out.',
  'commit-needs-quorum':
    'Only what a quorum holds durably is committed, learners not counted, and by counting only entries of the own term.',
  'configuration-in-force':
    'A server goes by the newest configuration of its log, committed or not, and its snapshots carry the one of their index.',
  'one-change-at-a-time': 'A leader enters a configuration only once the one before it is committed.',
  'change-needs-own-commit':
    'A leader changes the configuration only once an entry of its own term is committed.',
  'joint-first':
    'Voters change only through a configuration that needs a majority of the old and of the new.',
  'promise-needs-disk': 'No server says under a term, a vote or an index what its disk does not hold yet.',
  'index-order': 'snapshot <= applied <= committed <= last, at every server.',
  'term-never-back': 'A server never returns to an earlier term, across its crashes too.',
  'commit-never-back': 'Committed and applied never go back within one life of a server.',
} as const;
type RuleName = keyof typeof sentences;

/** Section 5's properties (Figure 3), and those of an implementation. */
export const rules: readonly Rule[] = Object.entries(sentences).map(([name, sentence]) => ({
  name,
  sentence,
}));

type NodeMemory = {
  readonly mirror: DiskMirror;
  readonly seen: SeenConfigurations;
  term: Reign;
  votedFor: NodeId | null;
  isLeader: boolean;
  lastIndex: Index;
  offset: Index;
  commitIndex: Index;
  appliedIndex: Index;
  handedIndex: Index;
};

type Logged = { readonly term: Reign; readonly prevTerm: Reign; readonly command: Uint8Array | null };
type Committed = { readonly term: Reign; readonly command: Uint8Array | null };
type Found = readonly [rule: RuleName, why: string];

/** Costs what a step touches: entries appended and committed, never a whole log. */
export class RaftChecker implements InvariantChecker<RaftState, RaftMessage> {
  readonly rules = rules;
  readonly #voters: readonly NodeId[];
  readonly #nodes = new Map<NodeId, NodeMemory>();
  readonly #leaders = new Map<Reign, NodeId>();
  /** What has been logged anywhere, by index; forgotten once every node has compacted it. */
  readonly #logged = new Map<Index, Logged[]>();
  readonly #committed = new Map<Index, Committed>();
  /** The highest commit index that a leader has counted, and its entry's term: the term it was committed in. */
  #counted: Counted = { index: 0, term: 0 };
  /** Those who lead now, with the logs they were elected with: a commit that is seen late must be in them too. */
  readonly #leading = new Map<NodeId, Elected>();
  /** Durable votes by term, of the newest terms. */
  readonly #votes = new Map<Reign, Map<NodeId, NodeId>>();
  #forgotten: Index = 0;

  constructor(voters: readonly NodeId[]) {
    this.#voters = voters;
    for (const node of voters) this.#memoryOf(node);
  }

  afterStep(
    node: NodeId,
    state: RaftState,
    event: ProcessEvent<RaftMessage>,
    effects: readonly Effect<RaftMessage>[],
  ): Violation | null {
    const memory = this.#memoryOf(node);
    completeWrites(memory.mirror, event);
    this.#rememberVote(node, memory.mirror);
    if (event.type === 'start') forgetVolatile(memory, state);
    if (event.type === 'snapshotInstalled') memory.handedIndex = event.index;
    beginWrites(memory.mirror, effects);
    const entered = followStep(memory.seen, this.#voters, event, effects);
    const found =
      checkTermAndVote(memory, state) ??
      this.#checkElection(node, memory, state) ??
      checkChanges(state, entered) ??
      checkInForce(memory.seen, state, effects) ??
      checkAppendOnly(memory, state, effects) ??
      checkPromises(memory.mirror, effects) ??
      this.#checkAppends(state, effects) ??
      this.#checkCommit(node, memory, state, entered) ??
      this.#checkApplied(memory, effects) ??
      checkIndexes(memory, state);
    remember(memory, state);
    if (memory.offset > this.#forgotten) this.#forget();
    return found === null ? null : { rule: found[0], node, why: found[1] };
  }

  afterCrash(node: NodeId): void {
    const memory = this.#nodes.get(node);
    if (memory === undefined) return;
    // A write under way may reach the disk or not: the next start's image tells.
    memory.mirror.pending.length = 0;
    memory.isLeader = false;
    this.#leading.delete(node);
  }

  #memoryOf(node: NodeId): NodeMemory {
    let memory = this.#nodes.get(node);
    if (memory === undefined) {
      memory = freshMemory(this.#voters);
      this.#nodes.set(node, memory);
    }
    return memory;
  }

  #rememberVote(node: NodeId, { hardState }: DiskMirror): void {
    const { currentTerm, votedFor } = hardState;
    if (votedFor === null) return;
    let votes = this.#votes.get(currentTerm);
    if (votes === undefined) {
      votes = new Map();
      this.#votes.set(currentTerm, votes);
      const [oldest] = this.#votes.keys();
      if (this.#votes.size > votedTermsMax && oldest !== undefined) this.#votes.delete(oldest);
    }
    votes.set(node, votedFor);
  }

  #checkElection(node: NodeId, memory: NodeMemory, state: RaftState): Found | null {
    if (state.role.name !== 'leader') {
      this.#leading.delete(node);
      return null;
    }
    const term = state.currentTerm;
    if (memory.isLeader && memory.term === term) return null;
    const { offset, runs } = state.log;
    this.#leading.set(node, { term, offset, runs: runs.map(([first, runTerm]) => [first, runTerm]) });
    const other = this.#leaders.get(term);
    if (other !== undefined) return ['election-safety', `${other} and ${node} both lead term ${term}`];
    this.#leaders.set(term, node);
    const votes = this.#votes.get(term);
    if (!holdsQuorum(newestSeen(memory.seen).configuration, (voter) => votes?.get(voter) === node)) {
      const voters = [...(votes ?? [])].filter(([, votedFor]) => votedFor === node).map(([voter]) => voter);
      return ['election-needs-quorum', `${node} leads term ${term} with the votes of (${voters.join(', ')})`];
    }
    return this.#checkComplete(node);
  }

  #checkComplete(node: NodeId): Found | null {
    const elected = this.#leading.get(node);
    const { index, term } = this.#counted;
    // What its log no longer reaches back to had been committed, and what was committed later needn't be in it.
    if (elected === undefined || index <= elected.offset || elected.term <= term) return null;
    // Log matching makes the last committed entry stand for all before it.
    if (elected.runs.findLast(([first]) => first <= index)?.[1] === term) return null;
    return [
      'leader-completeness',
      `${node} leads term ${elected.term} without entry ${index}, which was committed in term ${term}`,
    ];
  }

  #checkAppends(state: RaftState, effects: readonly Effect<RaftMessage>[]): Found | null {
    for (const effect of effects) {
      if (effect.type !== 'persist') continue;
      let previous: Reign | null = null;
      for (const op of effect.ops) {
        if (op.kind !== 'append') continue;
        const entry = op.value as LogEntry;
        const prevTerm: Reign | null = previous ?? termAt(state.log, op.index - 1);
        previous = entry.term;
        const found = this.#checkMatching(op.index, entry, prevTerm ?? 0);
        if (found !== null) return found;
      }
    }
    return null;
  }

  /** By induction: if equal (index, term) always have an equal entry and an equal term before, whole prefixes are equal. */
  #checkMatching(index: Index, entry: LogEntry, prevTerm: Reign): Found | null {
    const command = entry.kind === 'command' ? entry.command : null;
    let logged = this.#logged.get(index);
    if (logged === undefined) {
      logged = [];
      this.#logged.set(index, logged);
    }
    const same = logged.find(({ term }) => term === entry.term);
    if (same === undefined) {
      logged.push({ term: entry.term, prevTerm, command });
      return null;
    }
    if (same.prevTerm === prevTerm && areEqual(same.command, command)) return null;
    return ['log-matching', `two logs hold entry ${index} of term ${entry.term}, and differ up to it`];
  }

  #checkCommit(
    node: NodeId,
    memory: NodeMemory,
    state: RaftState,
    entered: readonly EnteredNow[],
  ): Found | null {
    const { commitIndex, log, role } = state;
    if (commitIndex <= memory.commitIndex) return null;
    const term = termAt(log, commitIndex);
    if (role.name !== 'leader') {
      if (commitIndex <= this.#counted.index) return null;
      return ['commit-needs-quorum', `${node} commits ${commitIndex}, which no leader has committed`];
    }
    if (term !== state.currentTerm) {
      return [
        'commit-needs-quorum',
        `${node} commits ${commitIndex} of term ${term} by counting in ${state.currentTerm}`,
      ];
    }
    const holds = (voter: NodeId): boolean => {
      const mirror = this.#nodes.get(voter)?.mirror;
      return mirror !== undefined && holdsDurably(mirror, commitIndex, term);
    };
    // What is entered in the same step is entered because of the commit: it was counted before.
    const { configuration } = entered[0]?.before ?? newestSeen(memory.seen);
    if (!holdsQuorum(configuration, holds)) {
      const holders = [...this.#nodes.keys()].filter(holds).join(', ');
      return ['commit-needs-quorum', `${node} commits ${commitIndex}, which only (${holders}) hold durably`];
    }
    if (commitIndex > this.#counted.index) this.#counted = { index: commitIndex, term };
    for (const other of this.#leading.keys()) {
      const found = this.#checkComplete(other);
      if (found !== null) return found;
    }
    return null;
  }

  #checkApplied(memory: NodeMemory, effects: readonly Effect<RaftMessage>[]): Found | null {
    for (const effect of effects) {
      if (effect.type !== 'commit') continue;
      for (const { index, reign: term, command } of effect.entries) {
        if (index !== memory.handedIndex + 1) {
          return ['state-machine-safety', `entry ${index} is applied after ${memory.handedIndex}`];
        }
        memory.handedIndex = index;
        const before = this.#committed.get(index);
        if (before === undefined) {
          this.#committed.set(index, { term, command });
        } else if (before.term !== term || !areEqual(before.command, command)) {
          return [
            'state-machine-safety',
            `entry ${index} is applied as term ${before.term}'s and as term ${term}'s`,
          ];
        }
      }
    }
    return null;
  }

  #forget(): void {
    let lowest = Number.POSITIVE_INFINITY;
    for (const { offset, lastIndex: last, mirror } of this.#nodes.values()) {
      // A node that waits to be made a voter has compacted nothing, and holds nothing either.
      if (last > 0) lowest = Math.min(lowest, offset, mirror.offset);
    }
    for (let index = this.#forgotten + 1; index <= lowest; index++) {
      this.#logged.delete(index);
      this.#committed.delete(index);
    }
    this.#forgotten = Math.max(this.#forgotten, lowest);
  }
}

/** Votes are kept for as many terms: an election is over long before. */
const votedTermsMax = 256;

type Counted = { readonly index: Index; readonly term: Reign };
type Elected = {
  readonly term: Reign;
  readonly offset: Index;
  readonly runs: readonly (readonly [Index, Reign])[];
};

function freshMemory(voters: readonly NodeId[]): NodeMemory {
  return {
    mirror: createMirror(),
    seen: createSeen(voters),
    term: 0,
    votedFor: null,
    isLeader: false,
    lastIndex: 0,
    offset: 0,
    commitIndex: 0,
    appliedIndex: 0,
    handedIndex: 0,
  };
}

/** A new life: what counts for "never back" is what the last one had made durable. */
function forgetVolatile(memory: NodeMemory, state: RaftState): void {
  memory.term = memory.mirror.hardState.currentTerm;
  memory.votedFor = memory.mirror.hardState.votedFor;
  memory.isLeader = false;
  memory.commitIndex = state.commitIndex;
  memory.appliedIndex = state.appliedIndex;
  memory.handedIndex = state.handedIndex;
}

function checkTermAndVote(memory: NodeMemory, state: RaftState): Found | null {
  const { currentTerm, votedFor } = state;
  if (currentTerm < memory.term) return ['term-never-back', `from term ${memory.term} to ${currentTerm}`];
  if (currentTerm === memory.term && memory.votedFor !== null && votedFor !== memory.votedFor) {
    return ['one-vote-a-term', `voted for ${memory.votedFor} and ${votedFor} in term ${currentTerm}`];
  }
  return null;
}

/** What a leader enters by itself; followers copy. */
function checkChanges(state: RaftState, entered: readonly EnteredNow[]): Found | null {
  const { role, commitIndex, currentTerm, log } = state;
  if (role.name !== 'leader') return null;
  for (const { before, now } of entered) {
    if (before.index > commitIndex) {
      const why = `enters ${now.index} while the configuration of ${before.index} is not committed`;
      return ['one-change-at-a-time', why];
    }
    if (termAt(log, commitIndex) !== currentTerm) {
      const why = `enters ${now.index} with ${commitIndex} committed, of term ${termAt(log, commitIndex)}`;
      return ['change-needs-own-commit', why];
    }
    if (!isNextOf(before.configuration, now.configuration)) {
      return ['joint-first', `enters ${now.index}, which is no next step from that of ${before.index}`];
    }
  }
  return null;
}

function checkInForce(
  seen: SeenConfigurations,
  state: RaftState,
  effects: readonly Effect<RaftMessage>[],
): Found | null {
  const { index, configuration } = newestSeen(seen);
  if (configuration !== state.configuration && !sameConfiguration(configuration, state.configuration)) {
    return ['configuration-in-force', `goes by another configuration than entry ${index}'s`];
  }
  for (const effect of effects) {
    if (effect.type !== 'takeSnapshot') continue;
    const meta = effect.meta as SnapshotMeta;
    const held = seenAt(seen, effect.index);
    const { index: carried, configuration: shown } = meta.configuration;
    if (held === null || (held.index === carried && sameConfiguration(held.configuration, shown))) continue;
    const why = `a snapshot of ${effect.index} carries the configuration of ${carried}`;
    return ['configuration-in-force', why];
  }
  return null;
}

function checkAppendOnly(
  memory: NodeMemory,
  state: RaftState,
  effects: readonly Effect<RaftMessage>[],
): Found | null {
  if (!memory.isLeader || state.role.name !== 'leader' || memory.term !== state.currentTerm) return null;
  const cut = effects.some(
    (effect) => effect.type === 'persist' && effect.ops.some(({ kind }) => kind === 'truncateFrom'),
  );
  if (!cut && lastIndex(state.log) >= memory.lastIndex) return null;
  return [
    'leader-append-only',
    `a leader's log of ${memory.lastIndex} entries was cut to ${lastIndex(state.log)}`,
  ];
}

/** Only those who ask for pre-votes, or answer them, promise nothing: no term is raised by it. */
function checkPromises(mirror: DiskMirror, effects: readonly Effect<RaftMessage>[]): Found | null {
  for (const effect of effects) {
    if (effect.type !== 'send' || !('term' in effect.message) || effect.message.type === 'requestPreVote')
      continue;
    const { message, to, after = 0 } = effect;
    const { hardState, lastIndex: heldIndex } = heldBy(mirror, after);
    const { currentTerm: held, votedFor } = hardState;
    if (message.term > held)
      return ['promise-needs-disk', `${message.type} of term ${message.term} leaves with ${held} on disk`];
    const isVote = message.type === 'requestVoteResponse' && message.voteGranted;
    if (isVote && message.term === held && votedFor !== to) {
      return ['promise-needs-disk', `a vote for ${to} leaves with one for ${votedFor} on disk`];
    }
    const claimed = 'matchIndex' in message ? message.matchIndex : 0;
    if (claimed > heldIndex) {
      return ['promise-needs-disk', `entries up to ${claimed} are acknowledged with ${heldIndex} on disk`];
    }
  }
  return null;
}

function checkIndexes(memory: NodeMemory, state: RaftState): Found | null {
  const { appliedIndex, commitIndex, log } = state;
  const snapshotIndex = state.snapshot?.index ?? 0;
  const last = lastIndex(log);
  if (snapshotIndex > appliedIndex || appliedIndex > commitIndex || commitIndex > last) {
    return [
      'index-order',
      `snapshot ${snapshotIndex}, applied ${appliedIndex}, committed ${commitIndex}, last ${last}`,
    ];
  }
  if (commitIndex < memory.commitIndex || appliedIndex < memory.appliedIndex) {
    const before = `committed ${memory.commitIndex}, applied ${memory.appliedIndex}`;
    return ['commit-never-back', `from ${before} to committed ${commitIndex}, applied ${appliedIndex}`];
  }
  return null;
}

function remember(memory: NodeMemory, state: RaftState): void {
  memory.term = state.currentTerm;
  memory.votedFor = state.votedFor;
  memory.isLeader = state.role.name === 'leader';
  memory.lastIndex = lastIndex(state.log);
  memory.offset = state.log.offset;
  memory.commitIndex = state.commitIndex;
  memory.appliedIndex = state.appliedIndex;
  memory.handedIndex = state.handedIndex;
}

function areEqual(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === b) return true;
  if (a === null || b === null || a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
