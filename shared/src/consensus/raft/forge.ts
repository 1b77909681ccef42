import {
  type Forgery,
  type LiarContext,
  type Lie,
  nextInt,
  type RandomState,
  type Word,
} from '../../core/index.js';
import type { LogEntry } from './log.js';
import type { AppendEntries, ClientResponses, RaftMessage } from './messages.js';

/**
 * How Raft's messages are made lies. Nothing in Raft is signed and nothing checked: one liar is enough to break it, and what it told
 * to whom can be shown, and proved by nobody.
 */
export const forgery: Forgery<RaftMessage> = {
  wordOf,
  learn: () => undefined,
  forge,
  agree,
  impersonate: () => null,
};

function wordOf(message: RaftMessage): Word {
  switch (message.type) {
    case 'appendEntries':
      return { kind: message.entries.length > 0 ? 'proposal' : 'other', leader: null };
    case 'appendEntriesResponse':
    case 'requestVoteResponse':
    case 'requestPreVoteResponse':
      return { kind: 'vote', leader: null };
    case 'clientResponses':
      return { kind: 'reply', leader: null };
    default:
      return { kind: 'other', leader: null };
  }
}

function forge(message: RaftMessage, lie: Lie, { random }: LiarContext): RaftMessage | null {
  switch (message.type) {
    case 'appendEntries':
      return forgeEntries(message, lie, random);
    case 'appendEntriesResponse': {
      if (lie !== 'other-digest' || !message.success) return null;
      return { ...message, matchIndex: message.matchIndex + nextInt(random, 1, 3) };
    }
    case 'requestVoteResponse':
    case 'requestPreVoteResponse':
      return lie === 'other-digest' ? { ...message, voteGranted: !message.voteGranted } : null;
    case 'clientResponses':
      return lie === 'other-result' ? forgeResponses(message, random) : null;
    default:
      return null;
  }
}

/** Other entries under the same terms and indexes: in another order, none at all in their places, or with changed bytes. */
function forgeEntries(message: AppendEntries, lie: Lie, random: RandomState): RaftMessage | null {
  const { entries } = message;
  if (entries.length === 0) return null;
  if (lie === 'other-digest')
    return { ...message, entries: entries.map((entry) => corrupted(entry, random)) };
  return lie === 'other-order' ? { ...message, entries: inOtherOrder(entries) } : null;
}

/** The commands change places; a single one makes way for an entry that changes nothing. Terms stay where they are. */
function inOtherOrder(entries: readonly LogEntry[]): readonly LogEntry[] {
  const commands = entries.flatMap((entry) => (entry.kind === 'command' ? [entry.command] : []));
  const isAlone = commands.length === 1;
  return entries.map((entry): LogEntry => {
    if (entry.kind !== 'command') return entry;
    const command = commands.pop();
    return isAlone || command === undefined ? { term: entry.term, kind: 'noop' } : { ...entry, command };
  });
}

function corrupted(entry: LogEntry, random: RandomState): LogEntry {
  return entry.kind === 'command' ? { ...entry, command: otherBytes(entry.command, random) } : entry;
}

function forgeResponses(message: ClientResponses, random: RandomState): RaftMessage {
  const responses = message.responses.map((response) =>
    response.status === 'ok' ? { ...response, result: otherBytes(response.result, random) } : response,
  );
  return { ...message, responses };
}

/** Votes for every candidate, and says that it holds whatever it was sent. */
function agree(message: RaftMessage): readonly RaftMessage[] {
  switch (message.type) {
    case 'requestVote':
      return [{ type: 'requestVoteResponse', term: message.term, voteGranted: true }];
    case 'appendEntries': {
      const { term, prevLogIndex, entries, round } = message;
      const matchIndex = prevLogIndex + entries.length;
      return [{ type: 'appendEntriesResponse', success: true, term, matchIndex, round }];
    }
    default:
      return [];
  }
}

function otherBytes(bytes: Uint8Array, random: RandomState): Uint8Array {
  const other = bytes.slice();
  const at = other.length === 0 ? 0 : nextInt(random, 0, other.length - 1);
  if (other.length > 0) other[at] = (other[at] ?? 0) ^ 1;
  return other;
}
